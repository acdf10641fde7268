package pop3

import (
	"time"

	"golang.org/x/sys/unix"
)

// maxUnsent is how many octets the kernel accepts for a client beyond those on
// their way to it. Without a limit it accepts megabytes, which cost memory, and
// a write would end long before the client has received anything. Octets on
// their way are not limited (as SO_SNDBUF would), so that a distant client is
// served as fast as its line allows.
const maxUnsent = 256 << 10

// unsentInterval is how often we check whether the client is still reading.
const unsentInterval = time.Second

// sendTimeout returns for how long a client may acknowledge nothing while there
// is something for it. A steady reader shows progress only now and then: its
// kernel opens a window that was full when most of the buffer is free again
// (RFC 9293 §3.8.6.2.2). If that update is lost, it is requested at intervals
// that double (§3.8.6.1), in Linux up to two minutes. These are added, but at
// most three times idle: an operator who sets a short idle time wants it short.
func sendTimeout(idle time.Duration) time.Duration { return idle + min(3*idle, 2*time.Minute) }

// watch measures how long a client has been idle. It is idle when it has
// acknowledged everything and then sent nothing for the idle time, or when it
// acknowledged nothing for sendTimeout. TCP_INFO shows a reader's progress no
// better than the acknowledgements of its kernel. Where the kernel cannot be
// asked, only the progress of our writes counts.
type watch struct {
	conn   *timedConn
	unsent int       // at the last check, -1 if unknown, or notAsked
	since  time.Time // of the last progress, or the start
}

// notAsked is what is unsent before the first check.
const notAsked = -2

// watch starts to measure.
func (c *timedConn) watch() watch { return watch{c, c.unsent(), time.Now()} }

// end returns when the client will have been idle for too long.
func (w *watch) end() time.Time {
	if w.unsent > 0 {
		return w.since.Add(sendTimeout(w.conn.idle))
	}
	return w.since.Add(w.conn.idle)
}

// next returns until when to wait before active is called.
func (w *watch) next() time.Time {
	next := w.end()
	asks := w.unsent > 0 || w.unsent == notAsked
	if check := time.Now().Add(min(unsentInterval, w.conn.idle)); asks && check.Before(next) {
		next = check
	}
	return w.conn.earlier(next)
}

// active checks what the client has acknowledged, and reports whether to wait
// again. With progress the client is known to have received something.
func (w *watch) active(progress bool) bool {
	before := w.unsent
	w.unsent = w.conn.unsent()
	// What was acknowledged before the first check is unknown, and counts.
	if progress || w.unsent >= 0 && w.unsent < before || before == notAsked && w.unsent > 0 {
		w.since = time.Now()
	}
	return time.Now().Before(w.end()) && !w.conn.expired()
}

// limitUnsent makes the kernel observe maxUnsent. It fails on anything but TCP,
// where buffers do not grow.
func (c *timedConn) limitUnsent() {
	if socket, ok := c.Conn.(*Socket); ok && socket.ready {
		return
	}
	_ = c.raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent)
	})
}

// unsent returns how many octets the client has not acknowledged yet, -1 if
// unknown.
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
