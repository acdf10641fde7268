package uidlist

import (
	"fmt"
	"io"
	"strings"
)

// MaxOctets is how large a list may be whose Source has no limit.
const MaxOctets = 64 << 20

// maxEntries is how many entries it may have.
const maxEntries = 1 << 20

// maxLine is how long a line may be: a file name has at most 255 octets, and a
// UIDL is not much longer.
const maxLine = 4096

// Source is the file of a list.
type Source struct {
	Reader     io.Reader // the content; the caller closes it
	Path       string    // name for errors
	MaxOctets  int64     // how large it may be; 0 means 64 MiB
	MaxEntries int       // how many entries it may have; 0 means 1,048,576
	Growing    bool      // the other server may be writing it: a last line without its end is left out, not an error
}

// DamageError is the error of a file that is no list or only a part of one.
type DamageError struct {
	Path   string
	Line   int // from 1; 0 if the whole file is meant
	Reason string
}

// Error returns the file, the line and the reason.
func (e *DamageError) Error() string {
	if e.Line == 0 {
		return e.Path + ": " + e.Reason
	}
	return fmt.Sprintf("%s line %d: %s", e.Path, e.Line, e.Reason)
}

// lines is a text that is read line by line.
type lines struct {
	source Source
	rest   string
	line   int    // number of the line that next returned last
	tail   string // the last line, if its end is missing
}

// open reads the text of a source.
func (s Source) open() (*lines, error) {
	limit := s.MaxOctets
	if limit == 0 {
		limit = MaxOctets
	}
	if s.MaxEntries == 0 {
		s.MaxEntries = maxEntries
	}
	var text strings.Builder
	n, err := io.Copy(&text, io.LimitReader(s.Reader, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", s.Path, err)
	}
	l := &lines{source: s, rest: text.String()}
	if n > limit {
		return nil, l.damage("the file is larger than %d octets", limit)
	}
	end := strings.LastIndexByte(l.rest, '\n') + 1
	l.rest, l.tail = l.rest[:end], l.rest[end:]
	if l.tail != "" && !s.Growing {
		return nil, l.damage("the last line is not complete: the file was not written to its end")
	}
	return l, nil
}

// next returns the next line without its end, and whether there is one.
func (l *lines) next() (string, bool, error) {
	line, rest, found := strings.Cut(l.rest, "\n")
	if !found {
		return "", false, nil
	}
	l.rest = rest
	l.line++
	line = strings.TrimSuffix(line, "\r") // Dovecot takes both ends.
	if len(line) > maxLine {
		return "", false, l.damage("the line is longer than %d octets", maxLine)
	}
	if strings.IndexByte(line, 0) >= 0 {
		return "", false, l.damage("the line contains a NUL")
	}
	return line, true, nil
}

// roomFor returns an error if a list would have too many entries.
func (l *lines) roomFor(entries int) error {
	if entries > l.source.MaxEntries {
		return l.damage("the file has more than %d entries", l.source.MaxEntries)
	}
	return nil
}

// count returns how many lines are left.
func (l *lines) count() int { return min(strings.Count(l.rest, "\n"), l.source.MaxEntries) }

func (l *lines) damage(format string, args ...any) error {
	return &DamageError{l.source.Path, l.line, fmt.Sprintf(format, args...)}
}

// uniqueName returns a file name up to the first colon, which never changes.
func uniqueName(name string) string {
	unique, _, _ := strings.Cut(name, ":")
	return unique
}
