package pop3

import (
	"sync"

	"golang.org/x/sys/unix"
)

// attempt is a write that does not wait. The function that RawConn calls would be
// allocated for each reply, so attempts are used again.
type attempt struct {
	text    []byte
	written int
	do      func(fd uintptr) (done bool)
}

var attempts = sync.Pool{New: func() any {
	a := &attempt{}
	a.do = func(fd uintptr) bool {
		if n, err := unix.Write(int(fd), a.text); err == nil {
			a.written = n
		}
		return true
	}
	return a
}}

// writeAtOnce writes as much of p as the kernel takes without a wait, which needs
// neither a deadline nor a watch. Most replies are written so. Errors are left
// to the write that follows.
func (c *timedConn) writeAtOnce(p []byte) (written int) {
	if c.raw == nil || c.expired() {
		return 0
	}
	a := attempts.Get().(*attempt)
	a.text, a.written = p, 0
	_ = c.raw.Write(a.do)
	written, a.text = a.written, nil
	attempts.Put(a)
	return written
}
