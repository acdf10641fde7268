package secrets

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of an entry, in octets. No POP3 command can carry a longer login
// (RFC 2449 §4).
const (
	maxLogin    = 255
	maxPassword = 1024
)

// Valid returns an error, without the password in it, if the entry cannot be stored
// or could never be used. Both parts are required and have a maximum length. Neither
// may have control characters, except tabs in the password. The login may not have
// blanks or colons.
func (e Entry) Valid() error {
	switch {
	case e.Login == "" || e.Password == "":
		return errors.New("id or password is missing")
	case len(e.Login) > maxLogin:
		return fmt.Errorf("id is longer than %d octets", maxLogin)
	case len(e.Password) > maxPassword:
		return fmt.Errorf("password is longer than %d octets", maxPassword)
	case strings.ContainsFunc(e.Login, isNotInLogin):
		return errors.New("id has a blank, a colon or a control character")
	case strings.ContainsFunc(e.Password, isNotInPassword):
		return errors.New("password has a control character")
	}
	return nil
}

func isNotInLogin(r rune) bool    { return r <= ' ' || r == 0x7F || r == ':' }
func isNotInPassword(r rune) bool { return r < ' ' && r != '\t' || r == 0x7F }

// LineError is the error of one line of a list.
type LineError struct {
	Line int // counted from 1
	Err  error
}

// Error returns the line and the reason.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the reason.
func (e *LineError) Unwrap() error { return e.Err }

// maxLine is longer than any valid entry, in octets.
const maxLine = 4096

// ReadList reads lines of `id password`, where all octets after the blanks belong to the
// password, or `id<TAB>password` as WriteList writes them, where all octets after the
// tab belong to the password. It skips empty lines. An invalid line returns a
// *LineError. Any other error is that of r.
func ReadList(r io.Reader) ([]Entry, error) {
	var entries []Entry
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	// The scanner's own split function would drop a CR, which may be part of the
	// password. The operator must get an error if the list has CRLF line ends.
	lines.Split(splitLF)
	n := 0
	for lines.Scan() {
		n++
		line := lines.Text()
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff") // the byte order mark of some editors
		}
		if line == "" {
			continue
		}
		e := parseLine(line)
		if err := e.Valid(); err != nil {
			return nil, &LineError{Line: n, Err: err}
		}
		entries = append(entries, e)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, &LineError{Line: n + 1, Err: errors.New("too long")}
	}
	return entries, lines.Err()
}

func parseLine(line string) Entry {
	i := strings.IndexAny(line, " \t")
	if i < 0 {
		return Entry{Login: line}
	}
	password := line[i+1:]
	if line[i] == ' ' {
		password = strings.TrimLeft(password, " \t")
	}
	return Entry{Login: line[:i], Password: password}
}

func splitLF(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// WriteList writes entries in the format of ReadList. It omits entries that ReadList
// would reject, which other programs may have written, and returns an error for them.
// Any other error is that of w.
func WriteList(w io.Writer, entries []Entry) error {
	out := bufio.NewWriter(w)
	var errs []error
	isFirst := true
	for _, e := range entries {
		if err := e.Valid(); err != nil {
			errs = append(errs, fmt.Errorf("id %q omitted: %w", e.Login, err))
			continue
		}
		if isFirst && strings.HasPrefix(e.Login, "\ufeff") {
			fmt.Fprintln(out) // In the first line it would be taken for a byte order mark.
		}
		isFirst = false
		fmt.Fprintf(out, "%s\t%s\n", e.Login, e.Password)
	}
	return errors.Join(append(errs, out.Flush())...)
}
