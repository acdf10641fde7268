package pop3

import "sync"

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
