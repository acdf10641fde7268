package migrate

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"

	"tpops/pkg/maildir"
)

// byName is a server whose UIDLs follow from the file names.
type byName struct {
	uidl    func(unique string) string
	seconds func(maildir.Surveyed) int64
}

// Qmail is qmail-pop3d: the UIDL is the file name up to the first colon, the order
// that of the modification times.
func Qmail() Source { return byName{func(unique string) string { return unique }, modified} }

// NameMD5 is tpop3d and solid-pop3d: the UIDL is the MD5 of the file name up to the
// first colon, the order that of the modification times.
func NameMD5() Source { return byName{md5Hex, modified} }

// Teapop is teapop. Built with FAST_MAILDIR, which fast stands for, its UIDL is the
// MD5 of the file name up to the first colon, else that of the file. The order is
// that of the times in the names.
func Teapop(fast bool) Source {
	if fast {
		return byName{md5Hex, named}
	}
	return byContent{}
}

func modified(m maildir.Surveyed) int64 { return m.Mtime.Unix() }

// named returns the time at the beginning of a name, else the modification time.
func named(m maildir.Surveyed) int64 {
	end := 0
	for end < len(m.Unique) && '0' <= m.Unique[end] && m.Unique[end] <= '9' {
		end++
	}
	if seconds, err := strconv.ParseInt(m.Unique[:end], 10, 64); err == nil {
		return seconds
	}
	return modified(m)
}

func md5Hex(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

func (b byName) old(_ context.Context, _ Job, _ *maildir.Survey, messages []maildir.Surveyed) (*old, error) {
	o := &old{}
	order, ties := byTime(messages, b.seconds)
	o.unordered = ties
	for _, i := range order {
		o.known = append(o.known, known{i, b.uidl(messages[i].Unique)})
	}
	return o, nil
}

// byContent is teapop without FAST_MAILDIR.
type byContent struct{}

func (byContent) old(ctx context.Context, _ Job, s *maildir.Survey, messages []maildir.Surveyed) (*old, error) {
	o := &old{}
	order, ties := byTime(messages, named)
	o.unordered = ties
	for _, i := range order {
		text, err := s.Open(ctx, i+1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", messages[i].Name, err)
		}
		uidl, err := contentMD5(text)
		_ = text.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", messages[i].Name, err)
		}
		o.known = append(o.known, known{i, uidl})
	}
	return o, nil
}

// contentMD5 returns the MD5 of a text, in which teapop has a question mark for
// each NUL.
func contentMD5(text io.Reader) (string, error) {
	hash := md5.New()
	buf := make([]byte, 32<<10)
	for {
		n, err := text.Read(buf)
		for i, c := range buf[:n] {
			if c == 0 {
				buf[i] = '?'
			}
		}
		hash.Write(buf[:n])
		if err == io.EOF {
			return hex.EncodeToString(hash.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}

// TPOPS08 is TPOPS 0.8 without a tpops_uidl: UIDLs and order are those of today.
// It left out files whose names do not begin with a number and a dot.
func TPOPS08() Source { return tpops08{} }

type tpops08 struct{}

func (tpops08) old(_ context.Context, _ Job, _ *maildir.Survey, messages []maildir.Surveyed) (*old, error) {
	o := &old{}
	for i, m := range messages {
		if isOldName(m.Unique) {
			o.known = append(o.known, known{i, m.Unique})
		}
	}
	return o, nil
}

// isOldName reports whether 0.8 took a file for a message.
func isOldName(unique string) bool {
	end := 0
	for end < len(unique) && '0' <= unique[end] && unique[end] <= '9' {
		end++
	}
	return end > 0 && end < len(unique) && unique[end] == '.'
}
