package pop3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
)

// writer gathers the replies of a session and writes them to the client: status
// lines, the lines of multi-line replies, and messages. After an error it
// accepts everything and writes nothing, so that it is enough to check err once.
type writer struct {
	to  io.Writer
	buf *[]byte // nil while nothing waits to be written
	err error

	gathered int64 // octets in all
	written  int64 // how many of them were written

	debug func(direction, line string) // logs a line of a reply
}

// line writes a status line (RFC 1939 §3).
func (w *writer) line(status, text string) {
	if text != "" {
		status += " " + text
	}
	w.debug("response", status)
	w.edit(func(b []byte) []byte {
		return append(append(b, status...), "\r\n"...)
	})
}

// challenge writes the line of a challenge, with a space even if the challenge
// is empty (RFC 5034 §4).
func (w *writer) challenge(text string) {
	w.debug("response", "+ ***")
	w.edit(func(b []byte) []byte {
		return append(append(append(b, "+ "...), text...), "\r\n"...)
	})
}

// lines writes the lines of a multi-line reply (RFC 1939 §3).
func (w *writer) lines(lines iter.Seq[[]byte]) {
	var text wireText
	for line := range lines {
		w.edit(func(b []byte) []byte {
			b, _ = text.append(b, line)
			b, _ = text.append(b, []byte("\n"))
			return b
		})
		if w.err != nil {
			return
		}
	}
	w.edit(text.appendEnd)
}

// message writes a message and returns how many octets of it were written. The
// +OK has been sent already, so the session can only be closed after an error:
// RFC 1939 §3 has no other way to report that a reply is incomplete. The reason
// is "" if the error is that of the connection or of ctx.
func (w *writer) message(ctx context.Context, m *messageReply) (sent int64, why reason, err error) {
	start := w.gathered
	why, err = w.body(ctx, m)
	end := w.gathered
	if err == nil {
		// The dot is sent together with the end of the message: some
		// clients do not find it in a packet of its own.
		w.edit(m.text.appendEnd)
	}
	w.flush()
	return max(0, min(w.written, end)-start), why, err
}

// body writes a message without its final dot.
func (w *writer) body(ctx context.Context, m *messageReply) (reason, error) {
	piece := takeBuffer()
	defer giveBuffer(piece)
	for more := true; more && w.err == nil; {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		n, err := m.Read((*piece)[:outputSize])
		w.edit(func(b []byte) []byte {
			b, more = m.text.append(b, (*piece)[:n])
			return b
		})
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return reasonMessage, fmt.Errorf("read message %d: %w", m.number, err)
		}
	}
	return "", nil
}

// edit passes the gathered octets to f, which returns them with more appended,
// and writes them once there are enough.
func (w *writer) edit(f func([]byte) []byte) {
	if w.err != nil {
		return
	}
	if w.buf == nil {
		w.buf = takeBuffer()
	}
	before := len(*w.buf)
	*w.buf = f(*w.buf)
	w.gathered += int64(len(*w.buf) - before)
	if len(*w.buf) >= outputSize {
		w.flush()
	}
}

// flush writes what has been gathered and gives the buffer back.
func (w *writer) flush() {
	if w.buf == nil {
		return
	}
	if w.err == nil {
		var n int
		n, w.err = w.to.Write(*w.buf)
		w.written += int64(n)
	}
	giveBuffer(w.buf)
	w.buf = nil
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
