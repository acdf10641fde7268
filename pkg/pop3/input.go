package pop3

import (
	"bytes"
	"io"
)

// maxLine is how many octets a command line may have with its line end. RFC
// 2449 §4 asks for 255 at least; 1,024 is what TPOPS 0.8 took.
const maxLine = 1024

// maxLongLine is how many those lines may have that carry a SASL response (RFC
// 5034 §4). Tokens of OAuth take several thousand.
const maxLongLine = 16<<10 + 2

// input reads lines of bounded length from a client and keeps what it sent
// ahead (PIPELINING, RFC 2449 §6.6).
type input struct {
	from  io.Reader
	buf   []byte // of maxLine octets, but for the time of a longer line
	taken int    // buf[:taken] has been returned as lines

	// long reports whether a line, of which the beginning is given, may have
	// maxLongLine octets; nil: never.
	long func(line []byte) bool
}

// start makes an input that begins with ahead, of which only maxLongLine octets
// count.
func (in *input) start(from io.Reader, ahead []byte) {
	ahead = ahead[:min(len(ahead), maxLongLine)]
	in.from, in.buf = from, make([]byte, 0, max(maxLine, len(ahead)))
	in.buf = append(in.buf, ahead...)
}

// restart discards what was sent ahead and continues with another source.
func (in *input) restart(from io.Reader) {
	in.from, in.buf, in.taken = from, in.buf[:0], 0
}

// pending reports whether readLine will return without reading.
func (in *input) pending() bool {
	return bytes.IndexByte(in.buf[in.taken:], '\n') >= 0
}

// readLine returns the next line without its line end, CRLF or a bare LF. The
// line is valid until the next call. The error is ErrTooLong or that of
// the connection; octets after the last line end are no command.
func (in *input) readLine() ([]byte, error) {
	searched := in.taken
	for {
		if isHello(in.buf[in.taken:]) {
			return nil, errHello
		}
		if end := bytes.IndexByte(in.buf[searched:], '\n'); end >= 0 {
			line := in.buf[in.taken : searched+end]
			if len(line) >= maxLine && !in.isLong(line) {
				return nil, ErrTooLong
			}
			in.taken = searched + end + 1
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		in.shift()
		searched = len(in.buf)
		if searched >= maxLine && !in.grow() {
			return nil, ErrTooLong
		}
		n, err := in.from.Read(in.buf[searched:cap(in.buf)])
		in.buf = in.buf[:searched+n]
		if n == 0 && err != nil {
			return nil, err
		}
	}
}

func (in *input) isLong(line []byte) bool { return in.long != nil && in.long(line) }

// grow makes room for more of a line, if it may have more.
func (in *input) grow() bool {
	if len(in.buf) >= maxLongLine || !in.isLong(in.buf) {
		return false
	}
	if len(in.buf) == cap(in.buf) {
		grown := make([]byte, len(in.buf), min(2*cap(in.buf), maxLongLine))
		copy(grown, in.buf)
		in.buf = grown
	}
	return true
}

// release gives back the room that nothing is in.
func (in *input) release() {
	in.buf, in.taken = bytes.Clone(in.buf[in.taken:]), 0
}

// shift moves the start of an unfinished line to the front, and gives back the
// room that a longer one before it took.
func (in *input) shift() {
	rest := in.buf[in.taken:]
	if cap(in.buf) < maxLine || cap(in.buf) > maxLine && len(rest) < maxLine && in.taken > 0 {
		in.buf = make([]byte, 0, maxLine)
	}
	n := copy(in.buf[:cap(in.buf)], rest)
	in.buf, in.taken = in.buf[:n], 0
}
