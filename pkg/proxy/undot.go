package proxy

import "bytes"

// undot removes the stuffed dots from a message and finds the dot at its end (RFC
// 1939 §3). It reads the message in pieces of any size. Only CRLF ends a line. It
// does not change any other octet.
type undot struct {
	state undotState
}

type undotState uint8

// The zero value is at the start of a line.
const (
	atStart undotState = iota
	afterDot
	afterDotCR
	inLine
	afterCR
	atEnd
)

// copy copies octets from src to dst. It returns how many it has written to dst and
// read from src. It stops when dst is full, at the end of src, or after the end of the
// message; then done is set.
func (u *undot) copy(dst, src []byte) (written, read int, done bool) {
	for written < len(dst) && read < len(src) && u.state != atEnd {
		w, r := u.step(dst[written:], src[read:])
		written, read = written+w, read+r
	}
	return written, read, u.state == atEnd
}

// step copies as much as possible without a change of the state, or one octet. Both
// dst and src have room for at least one.
func (u *undot) step(dst, src []byte) (written, read int) {
	c := src[0]
	switch {
	case u.state == inLine:
		n := copyLine(dst, src)
		if n == 0 { // at a CR
			u.state = afterCR
			dst[0], n = c, 1
		}
		return n, n
	case u.state == afterDotCR && c != '\n':
		// The CR was not the end of the message. c comes next.
		dst[0], u.state = '\r', afterCR
		return 1, 0
	case u.state == afterDot && c != '\r':
		u.state = inLine // The dot was stuffed.
		return 0, 0
	case u.next(c):
		dst[0] = c
		return 1, 1
	}
	return 0, 1
}

// next reads one octet and reports whether it belongs to the message.
func (u *undot) next(c byte) bool {
	switch {
	case u.state == atStart && c == '.':
		u.state = afterDot
		return false
	case u.state == afterDot: // a CR
		u.state = afterDotCR
		return false
	case u.state == afterDotCR: // an LF
		u.state = atEnd
		return false
	case u.state == afterCR && c == '\n':
		u.state = atStart
	case c == '\r':
		u.state = afterCR
	default:
		u.state = inLine
	}
	return true
}

// copyLine copies the octets before the next CR.
func copyLine(dst, src []byte) int {
	if end := bytes.IndexByte(src[:min(len(src), len(dst))], '\r'); end >= 0 {
		src = src[:end]
	}
	return copy(dst, src)
}
