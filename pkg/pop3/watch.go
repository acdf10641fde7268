package pop3

import (
	"time"

	"golang.org/x/sys/unix"
)

// maxUnsent is how many octets the kernel takes for a client beyond those on
// their way to it. Without a bound it takes megabytes, which cost memory, and
// a write would end long before the client has anything of it. What is on its
// way is not bounded (as SO_SNDBUF would), so that a distant client is served
// as fast as its line allows.
const maxUnsent = 256 << 10

// lookEvery is how often is looked whether a client takes what was sent.
const lookEvery = time.Second

// patience returns for how long a client may take nothing while there is
// something for it. One that reads steadily shows it only now and then: its
// kernel opens a window that was full when most of the buffer is free again
// (RFC 9293 §3.8.6.2.2), and if that news is lost it is asked for at intervals
// that double (§3.8.6.1), in Linux up to two minutes. That much is added, but
// no more than three times idle: who has a short idle time wants it short.
func patience(idle time.Duration) time.Duration { return idle + min(3*idle, 2*time.Minute) }

// watch is the clock of a client that must send or take something. The client
// is idle when everything that was sent has been taken, and then nothing came
// for the idle time; or when it took nothing for as long as patience says.
// Taken is what its kernel acknowledged: a reader's progress is not seen any
// closer, by TCP_INFO neither. Where the kernel cannot be asked, only what a
// write achieves is seen.
type watch struct {
	conn   *timedConn
	unsent int       // at the last look, -1 if that is unknown
	since  time.Time // when something was last seen to be taken, or the start
}

// watch starts a clock.
func (c *timedConn) watch() watch { return watch{c, c.unsent(), time.Now()} }

// end returns when the client will have been idle for too long.
func (w *watch) end() time.Time {
	if w.unsent > 0 {
		return w.since.Add(patience(w.conn.idle))
	}
	return w.since.Add(w.conn.idle)
}

// next returns until when to wait before lasts is asked.
func (w *watch) next() time.Time {
	next := w.end()
	if look := time.Now().Add(min(lookEvery, w.conn.idle)); w.unsent > 0 && look.Before(next) {
		next = look
	}
	return w.conn.earlier(next)
}

// lasts looks what the client has taken, and reports whether to wait again.
// took says that it is known to have taken something.
func (w *watch) lasts(took bool) bool {
	before := w.unsent
	w.unsent = w.conn.unsent()
	if took || w.unsent >= 0 && w.unsent < before {
		w.since = time.Now()
	}
	return time.Now().Before(w.end()) && !w.conn.expired()
}

// boundUnsent has the kernel keep to maxUnsent. It fails on what is not TCP,
// where buffers do not grow.
func (c *timedConn) boundUnsent() {
	_ = c.raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent)
	})
}

// unsent returns how many octets the client has not acknowledged yet, -1 if
// that cannot be known.
func (c *timedConn) unsent() int {
	if c.raw == nil {
		return -1
	}
	octets := -1
	err := c.raw.Control(func(fd uintptr) {
		if n, err := unix.IoctlGetInt(int(fd), unix.TIOCOUTQ); err == nil {
			octets = n
		}
	})
	if err != nil {
		return -1
	}
	return octets
}
