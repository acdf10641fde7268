package proxy

import "bytes"

// undot takes the dots away that were stuffed into a message, and finds the
// dot at its end (RFC 1939 §3). It takes the message in pieces of any size. The
// line ends that count are CRLF; all octets of the lines stay as they are.
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

// copy moves octets from src to dst and returns how many were written and how
// many were taken. It stops when dst is full, src is used up, or the end has
// been taken; then done is set.
func (u *undot) copy(dst, src []byte) (written, taken int, done bool) {
	for written < len(dst) && taken < len(src) && u.state != atEnd {
		c := src[taken]
		switch {
		case u.state == inLine:
			n := copyLine(dst[written:], src[taken:])
			if n == 0 { // at a CR
				u.state = afterCR
				dst[written] = c
				n = 1
			}
			written, taken = written+n, taken+n
			continue
		case u.state == afterDotCR && c != '\n':
			// The CR that was held back; c comes next.
			dst[written], written = '\r', written+1
			u.state = afterCR
			continue
		case u.state == afterDot && c != '\r':
			u.state = inLine // The dot was stuffed.
			continue
		}
		taken++
		if u.next(c) {
			dst[written], written = c, written+1
		}
	}
	return written, taken, u.state == atEnd
}

// next takes one octet and reports whether it is one of the message.
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

// copyLine copies what comes before the next CR.
func copyLine(dst, src []byte) int {
	if end := bytes.IndexByte(src[:min(len(src), len(dst))], '\r'); end >= 0 {
		src = src[:end]
	}
	return copy(dst, src)
}
