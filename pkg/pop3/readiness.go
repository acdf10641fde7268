package pop3

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// readiness waits for input on many connections: a set of epoll(7). The set is
// itself a file that can be waited for, which the Go runtime does, so that no
// thread waits in it.
type readiness struct {
	file *os.File
	raw  syscall.RawConn
}

// event is that a parked connection has input, was closed, or has failed.
type event struct {
	space int32
	uses  uint32
}

// newReadiness returns an empty set. The error is that descriptors or memory are
// exhausted.
func newReadiness() (*readiness, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil { // so that the runtime waits for it
		_ = unix.Close(fd)
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "epoll")
	raw, err := file.SyscallConn()
	// The runtime cannot wait for a file that has no deadlines.
	if err = errors.Join(err, file.SetReadDeadline(time.Time{})); err != nil {
		_ = file.Close()
		return nil, err
	}
	return &readiness{file, raw}, nil
}

func (r *readiness) close() { _ = r.file.Close() }

// add adds a connection. The error is that the kernel cannot wait for it, or that
// a limit is reached.
func (r *readiness) add(conn controller, e event) error {
	return r.control(conn, unix.EPOLL_CTL_ADD, &unix.EpollEvent{
		Events: unix.EPOLLIN | unix.EPOLLRDHUP, Fd: e.space, Pad: int32(e.uses),
	})
}

// remove removes a connection. One that was closed is not in the set any more.
func (r *readiness) remove(conn controller) {
	_ = r.control(conn, unix.EPOLL_CTL_DEL, nil)
}

func (r *readiness) control(conn controller, operation int, e *unix.EpollEvent) error {
	var inner, result error
	outer := r.raw.Control(func(set uintptr) {
		inner = conn.Control(func(fd uintptr) { result = unix.EpollCtl(int(set), operation, int(fd), e) })
	})
	return errors.Join(outer, inner, result)
}

// mostEvents is how many events are taken at once.
const mostEvents = 128

// events yields what has happened, until the set is closed.
func (r *readiness) events(yield func([]event) bool) {
	var taken [mostEvents]unix.EpollEvent
	events := make([]event, 0, mostEvents)
	for {
		n := 0
		err := r.raw.Read(func(set uintptr) bool {
			var err error
			n, err = unix.EpollWait(int(set), taken[:], 0)
			return n > 0 || err != nil && err != unix.EINTR
		})
		if err != nil {
			return // It was closed.
		}
		events = events[:0]
		for _, e := range taken[:max(0, n)] {
			events = append(events, event{e.Fd, uint32(e.Pad)})
		}
		if !yield(events) {
			return
		}
	}
}
