package control

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

const (
	// maxRequest bounds a request, in octets with its line end.
	maxRequest = 64 << 10
	// usualRequest is the size of the buffer that a connection begins with.
	usualRequest = 512
)

// lineReader reads lines that end with a line feed.
type lineReader struct{ scanner *bufio.Scanner }

// newLineReader returns a reader of lines of at most max octets.
func newLineReader(from io.Reader, max int) *lineReader {
	s := bufio.NewScanner(from)
	s.Buffer(make([]byte, 0, min(usualRequest, max)), max)
	s.Split(splitLine)
	return &lineReader{s}
}

// next returns the next line without its end, valid until the following call. The
// error is io.EOF at the end, bufio.ErrTooLong, or that of the connection.
func (l *lineReader) next() ([]byte, error) {
	if l.scanner.Scan() {
		return l.scanner.Bytes(), nil
	}
	if err := l.scanner.Err(); err != nil {
		return nil, err
	}
	return nil, io.EOF
}

// splitLine splits lines. A last line without its end is dropped: part of it may be
// missing.
func splitLine(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	return 0, nil, nil
}

// decode reads one JSON value without unknown fields.
func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}
