package pop3

import (
	"bytes"
	"io"
)

// maxLine is how many octets a command line may have with its line end. RFC
// 2449 §4 asks for 255 at least; 1,024 is what TPOPS 0.8 took.
const maxLine = 1024

// input reads lines of bounded length from a client and keeps what it sent
// ahead (PIPELINING, RFC 2449 §6.6).
type input struct {
	from  io.Reader
	buf   []byte // allocated once, of maxLine octets
	taken int    // buf[:taken] has been returned as lines
}

// newInput returns an input that goes on behind ahead, of which only maxLine
// octets count.
func newInput(from io.Reader, ahead []byte) *input {
	in := &input{from: from, buf: make([]byte, 0, maxLine)}
	in.buf = append(in.buf, ahead[:min(len(ahead), maxLine)]...)
	return in
}

// restart forgets what was sent ahead and goes on with what comes from another
// source.
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
		if end := bytes.IndexByte(in.buf[searched:], '\n'); end >= 0 {
			line := in.buf[in.taken : searched+end]
			in.taken = searched + end + 1
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		in.shift()
		searched = len(in.buf)
		if searched == cap(in.buf) {
			return nil, ErrTooLong
		}
		n, err := in.from.Read(in.buf[searched:cap(in.buf)])
		in.buf = in.buf[:searched+n]
		if n == 0 && err != nil {
			return nil, err
		}
	}
}

// shift moves the start of an unfinished line to the front.
func (in *input) shift() {
	n := copy(in.buf, in.buf[in.taken:])
	in.buf, in.taken = in.buf[:n], 0
}
