package maildir

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// uidlFile is the file of maildir-uidl-convert, with lines of a file name, a
// TAB and the UIDL that the message had on another server.
const uidlFile = "tpops_uidl"

// How large uidlFile may be. It is the user's, so it has a limit.
const (
	maxUIDLFile  = 64 << 20 // octets
	maxUIDLLines = 1 << 20
)

// givenUIDLs is what uidlFile says. A nil one says nothing.
type givenUIDLs struct {
	byName map[string]string // unique name to UIDL
	byUIDL map[string]string // UIDL to the unique name that it belongs to
}

// of returns the UIDL of a message.
func (g *givenUIDLs) of(unique string) (string, bool) {
	if g == nil {
		return "", false
	}
	uidl, ok := g.byName[unique]
	return uidl, ok
}

// has reports whether a UIDL belongs to a message, be it there or not: a
// client that has seen it would take another message with it for that one.
func (g *givenUIDLs) has(uidl string) bool {
	if g == nil {
		return false
	}
	_, ok := g.byUIDL[uidl]
	return ok
}

// givenUIDLs reads uidlFile if there is one and the settings say so. One that
// cannot be used is an error, since to go on without it would give all
// messages new UIDLs, and clients would fetch them again.
func (m *Mailbox) givenUIDLs() (*givenUIDLs, error) {
	if !m.options.UIDLConvert {
		return nil, nil
	}
	fd, stat, err := openRegular(m.dir, uidlFile, unix.O_RDONLY)
	if errors.Is(err, unix.ENOENT) && err != errNoFile {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", uidlFile, pop3.ErrPermanent, err)
	}
	file := os.NewFile(uintptr(fd), uidlFile)
	defer file.Close()
	if stat.Size > maxUIDLFile {
		return nil, fmt.Errorf("%s: %w: larger than %d octets", uidlFile, pop3.ErrPermanent, maxUIDLFile)
	}
	var text strings.Builder
	if _, err := io.Copy(&text, io.LimitReader(file, maxUIDLFile)); err != nil {
		return nil, fmt.Errorf("%s: %w", uidlFile, err)
	}
	g, unused, err := parseUIDLs(text.String(), maxUIDLLines)
	if err != nil {
		return nil, err
	}
	if unused > 0 {
		m.log.Warn("tpops_uidl has lines that cannot be used", "lines", unused)
	}
	return g, nil
}

// parseUIDLs reads the lines of uidlFile. Of two lines for one message the
// last counts, of two messages with one UIDL the first. It returns how many
// lines were of no use: not in the form, the UIDL illegal or another's.
func parseUIDLs(text string, limit int) (g *givenUIDLs, unused int, err error) {
	g = &givenUIDLs{map[string]string{}, map[string]string{}}
	for line := range strings.Lines(text) {
		if limit--; limit < 0 {
			return nil, 0, fmt.Errorf("%s: %w: too many lines", uidlFile, pop3.ErrPermanent)
		}
		name, uidl, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		unique := name[:uniqueLen(name)]
		owner, double := g.byUIDL[uidl]
		if unique == "" || !isUIDL(uidl) || double && owner != unique {
			unused++
			continue
		}
		g.byName[unique], g.byUIDL[uidl] = uidl, unique
	}
	return g, unused, nil
}
