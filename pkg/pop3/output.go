package pop3

import (
	"io"
	"sync"
)

// outputSize is how many octets of replies are gathered before they are
// written. A message goes out in pieces of about this size.
const outputSize = 64 << 10

// buffers are shared by all sessions, so that one that waits for a command
// holds none.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// takeBuffer returns an empty buffer of outputSize octets and a bit.
func takeBuffer() *[]byte {
	b := buffers.Get().(*[]byte)
	if cap(*b) == 0 {
		// A piece just below the limit may grow by its stuffing.
		*b = make([]byte, 0, outputSize+outputSize/4)
	}
	*b = (*b)[:0]
	return b
}

// giveBuffer takes a buffer back, unless stuffing made it grow very large.
func giveBuffer(b *[]byte) {
	if cap(*b) <= 4*outputSize {
		buffers.Put(b)
	}
}

// output gathers what goes to the client. After an error it takes everything
// and writes nothing, so that one look at err is enough.
type output struct {
	to  io.Writer
	buf *[]byte // nil while nothing waits to be written
	err error

	gathered int64 // octets in all
	written  int64 // the first of them
}

// edit gives the gathered octets to f, which returns them with more appended,
// and writes them once there are enough.
func (out *output) edit(f func([]byte) []byte) {
	if out.err != nil {
		return
	}
	if out.buf == nil {
		out.buf = takeBuffer()
	}
	before := len(*out.buf)
	*out.buf = f(*out.buf)
	out.gathered += int64(len(*out.buf) - before)
	if len(*out.buf) >= outputSize {
		out.flush()
	}
}

// flush writes what has been gathered and gives the buffer back.
func (out *output) flush() {
	if out.buf == nil {
		return
	}
	if out.err == nil {
		var n int
		n, out.err = out.to.Write(*out.buf)
		out.written += int64(n)
	}
	giveBuffer(out.buf)
	out.buf = nil
}
