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

// wireText turns a message as it is stored into the lines of a multi-line
// reply (RFC 1939 §3): CRLF at each line's end, a dot in front of each that
// begins with one. It takes the message in pieces of any size.
type wireText struct {
	limited bool  // TOP: stop after the header and lines lines of the body
	lines   int64 // lines of the body still wanted

	inLine bool // some of the current line has been taken
	cr     bool // the last octet taken was a CR
	text   bool // the current line has more than its line end
	body   bool // the blank line after the header has been taken
}

// append appends to dst what text becomes, and reports whether more of the
// message is wanted.
func (w *wireText) append(dst, text []byte) (out []byte, more bool) {
	for len(text) > 0 {
		if w.limited && w.body && w.lines <= 0 {
			return dst, false
		}
		if !w.inLine && text[0] == '.' {
			dst = append(dst, '.')
		}
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return w.appendPiece(dst, text), true
		}
		dst = w.appendPiece(dst, text[:end])
		if !w.cr {
			dst = append(dst, '\r')
		}
		dst = append(dst, '\n')
		w.endLine()
		text = text[end+1:]
	}
	return dst, !w.limited || !w.body || w.lines > 0
}

// appendPiece appends a piece of a line that has no LF in it.
func (w *wireText) appendPiece(dst, piece []byte) []byte {
	if len(piece) == 0 {
		return dst
	}
	// A CR is only part of the line end if it turns out to be its last octet.
	w.text = w.text || w.cr || len(piece) > 1 || piece[0] != '\r'
	w.cr = piece[len(piece)-1] == '\r'
	w.inLine = true
	return append(dst, piece...)
}

func (w *wireText) endLine() {
	if w.body {
		w.lines--
	}
	w.body = w.body || !w.text
	w.inLine, w.cr, w.text = false, false, false
}

// appendEnd appends the line end that the message may lack, and the final dot
// (RFC 1939 §3).
func (w *wireText) appendEnd(dst []byte) []byte {
	if w.inLine {
		dst = append(dst, '\r', '\n')
	}
	return append(dst, ".\r\n"...)
}
