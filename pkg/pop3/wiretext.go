package pop3

import "bytes"

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
	if !w.limited {
		return w.appendAll(dst, text), true
	}
	for len(text) > 0 {
		if w.body && w.lines <= 0 {
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
	return dst, !w.body || w.lines > 0
}

// appendAll does the same for a message of which all is wanted. What needs no
// change is appended at once, however many lines it is.
func (w *wireText) appendAll(dst, text []byte) []byte {
	from, at := 0, 0 // text[from:at] is still to be appended, and begins a line at its end
	for at < len(text) {
		if !w.inLine && text[at] == '.' {
			dst = append(append(dst, text[from:at]...), '.')
			from = at
		}
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			w.inLine, w.cr = true, text[len(text)-1] == '\r'
			break
		}
		end := at + n
		if n > 0 {
			w.cr = text[end-1] == '\r'
		}
		if !w.cr {
			dst = append(append(dst, text[from:end]...), '\r')
			from = end
		}
		w.inLine, w.cr = false, false
		at = end + 1
	}
	return append(dst, text[from:]...)
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
