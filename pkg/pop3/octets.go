package pop3

import (
	"bytes"
	"errors"
	"io"
)

// WireOctets returns the size in octets that a message has on the wire
// (RFC 1939 §11): each line ends in CRLF, also the last one, whatever line
// ends are stored. A CR that no LF follows is an octet like any other. Stuffed
// dots do not count. It reads r to its end and returns the error of a read
// that failed. wireText obeys the same rules.
func WireOctets(r io.Reader) (int64, error) {
	var octets int64
	last := byte('\n')
	buf := takeBuffer()
	defer giveBuffer(buf)
	piece := (*buf)[:outputSize]
	for {
		n, err := r.Read(piece)
		if n > 0 {
			octets += int64(n + bareLFs(last, piece[:n]))
			last = piece[n-1]
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return octets, err
		}
	}
	if last != '\n' {
		octets += 2
	}
	return octets, nil
}

// bareLFs counts the LFs in text that no CR precedes; last is the octet in
// front of text.
func bareLFs(last byte, text []byte) int {
	n := bytes.Count(text, []byte("\n")) - bytes.Count(text, []byte("\r\n"))
	if last == '\r' && text[0] == '\n' {
		n--
	}
	return n
}
