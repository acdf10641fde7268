package pop3

import (
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

	debug func(direction, line string) // logs a line of a reply; nil: nothing is logged
}

// line writes a status line (RFC 1939 §3).
func (w *writer) line(status, text string) {
	if text != "" {
		text = " " + text
	}
	if w.debug != nil {
		w.debug("response", status+text)
	}
	w.edit(func(b []byte) []byte {
		return append(append(append(b, status...), text...), "\r\n"...)
	})
}

// challenge writes the line of a challenge, with a space even if the challenge
// is empty (RFC 5034 §4).
func (w *writer) challenge(text string) {
	if w.debug != nil {
		w.debug("response", "+ ***")
	}
	w.edit(func(b []byte) []byte {
		return append(append(append(b, "+ "...), text...), "\r\n"...)
	})
}

// lines writes the lines of a multi-line reply (RFC 1939 §3). One of them may be several,
// with line ends between them, none of which begins with a dot.
func (w *writer) lines(lines iter.Seq[[]byte]) {
	for line := range lines {
		if w.err != nil {
			return
		}
		b := w.room()
		before := len(*b)
		if len(line) > 0 && line[0] == '.' {
			*b = append(*b, '.')
		}
		*b = append(append(*b, line...), '\r', '\n')
		w.gathered += int64(len(*b) - before)
		w.flushFull()
	}
	w.edit((&wireText{}).appendEnd)
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
	for more := true; more && w.err == nil; {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		var err error
		more, err = w.gather(ctx, m)
		w.flushFull()
		switch {
		case errors.Is(err, io.EOF):
			return "", nil
		case err != nil && ctx.Err() != nil: // The mailbox stops because the session ends.
			return "", context.Cause(ctx)
		case err != nil:
			return reasonMessage, fmt.Errorf("read message %d: %w", m.number, err)
		}
	}
	return "", nil
}

// gather reads a piece of a message and gathers it. It reports whether more of the
// message is wanted. It holds no second buffer while the client is waited for.
func (w *writer) gather(ctx context.Context, m *messageReply) (more bool, err error) {
	piece, b := takeBuffer(), w.room()
	defer giveBuffer(piece)
	n, err := m.Read((*piece)[:outputSize])
	m.measure(ctx)
	before := len(*b)
	*b, more = m.text.append(*b, (*piece)[:n])
	w.gathered += int64(len(*b) - before)
	return more, err
}

// edit passes the gathered octets to f, which returns them with more appended,
// and writes them once there are enough.
func (w *writer) edit(f func([]byte) []byte) {
	if w.err != nil {
		return
	}
	b := w.room()
	before := len(*b)
	*b = f(*b)
	w.gathered += int64(len(*b) - before)
	w.flushFull()
}

// room returns the buffer of what has been gathered.
func (w *writer) room() *[]byte {
	if w.buf == nil {
		w.buf = takeBuffer()
	}
	return w.buf
}

// flushFull writes what has been gathered if it is enough.
func (w *writer) flushFull() {
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
