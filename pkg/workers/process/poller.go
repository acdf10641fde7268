package process

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Poller is where a process waits for whatever comes: a connection, an order, the
// end of its parent, or a call of Wake. Only one goroutine may call Next; Wake
// and Report may be called by any.
type Poller struct {
	control   *os.File // nil in a process without parent
	listeners []*os.File
	first     int // which listener is asked first
	orphaned  bool
	wake      *os.File
	woken     *os.File
}

// Input is what Next has waited for, one of its fields; with none the time is
// over.
type Input struct {
	Order    Order
	Time     time.Duration // of Drain
	Orphaned bool          // nobody is at the other end of the control connection
	Woken    bool
	Conn     *os.File // a connection, non-blocking, and the caller's to close
	From     int      // and the index of its listener
	Err      error    // no connection could be accepted: out of descriptors or memory
}

// NewPoller returns the place to wait. The control connection is nil in a process
// that has no parent, and there may be no listener. The listeners
// become non-blocking, for all processes that have them, and are the Poller's to
// close. The error is that of the system.
func NewPoller(control *os.File, listeners ...*os.File) (*Poller, error) {
	p := &Poller{control: control, listeners: listeners}
	for _, l := range listeners {
		if err := unix.SetNonblock(fd(l), true); err != nil {
			return nil, fmt.Errorf("listener: %w", err)
		}
	}
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	p.woken, p.wake = os.NewFile(uintptr(pipe[0]), "woken"), os.NewFile(uintptr(pipe[1]), "wake")
	return p, nil
}

// fd returns the descriptor of a file without changing its mode, which is that
// of all processes that have it.
func fd(f *os.File) int {
	if f == nil {
		return -1 // poll(2) passes over it.
	}
	n := -1
	raw, err := f.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { n = int(fd) })
	}
	if err != nil {
		return -1
	}
	return n
}

// Wake makes Next return, the present call or the next one.
func (p *Poller) Wake() {
	_, _ = unix.Write(fd(p.wake), []byte{1}) // A pipe that is full wakes as well.
}

// StopAccepting closes the listeners; nothing is accepted any more. It may be
// called by whoever calls Next.
func (p *Poller) StopAccepting() {
	for _, l := range p.listeners {
		_ = l.Close() // Nothing was written to it.
	}
	p.listeners = nil
}

// Next waits for news, for at most the time given; a negative one has no end.
// Connections are accepted only if accept says so. An order goes before a
// connection: after it nothing is accepted that came later.
func (p *Poller) Next(accept bool, wait time.Duration) Input {
	deadline := time.Now().Add(wait)
	for {
		left := -1
		if wait >= 0 {
			left = int(max(0, time.Until(deadline)+time.Millisecond-1) / time.Millisecond)
		}
		fds := p.pollFDs(accept)
		n, err := unix.Poll(fds, left)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return Input{Err: err}
		}
		if n == 0 {
			return Input{}
		}
		if news, ok := p.look(fds); ok {
			return news
		}
	}
}

// pollFDs returns what to wait for: the control connection, the pipe, and the
// listeners.
func (p *Poller) pollFDs(accept bool) []unix.PollFd {
	control := fd(p.control)
	if p.orphaned {
		control = -1 // Its end would be news again and again.
	}
	fds := []unix.PollFd{
		{Fd: int32(control), Events: unix.POLLIN},
		{Fd: int32(fd(p.woken)), Events: unix.POLLIN},
	}
	if accept {
		for _, l := range p.listeners {
			fds = append(fds, unix.PollFd{Fd: int32(fd(l)), Events: unix.POLLIN})
		}
	}
	return fds
}

// look returns the first of what poll found, if it is still there.
func (p *Poller) look(fds []unix.PollFd) (Input, bool) {
	if fds[0].Revents != 0 {
		return p.hear(), true
	}
	if fds[1].Revents != 0 {
		_, _ = unix.Read(int(fds[1].Fd), make([]byte, 64))
		return Input{Woken: true}, true
	}
	listeners := fds[2:]
	for i := range listeners {
		at := (p.first + i) % len(listeners)
		if listeners[at].Revents == 0 {
			continue
		}
		// Another process may have been faster, or the client have gone.
		conn, err := accept(int(listeners[at].Fd))
		if isNobody(err) {
			continue
		}
		p.first = at + 1 // None keeps the others waiting.
		return Input{Conn: conn, From: at, Err: err}, true
	}
	return Input{}, false
}

// hear reads an order. What is no order is as the end of the parent, which
// sends nothing else.
func (p *Poller) hear() Input {
	buf := make([]byte, orderSize+1)
	n, err := unix.Read(fd(p.control), buf)
	if err != nil {
		n = 0
	}
	o, d := decodeOrder(buf[:n])
	p.orphaned = o == 0
	return Input{Order: o, Time: d, Orphaned: p.orphaned}
}

func accept(listener int) (*os.File, error) {
	conn, _, err := unix.Accept4(listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("accept: %w", err)
	}
	return os.NewFile(uintptr(conn), "connection"), nil
}

// isNobody reports whether an error of accept(2) only says that there is no
// connection: the errors of the network, too, are those of one that has gone.
func isNobody(err error) bool {
	for _, errno := range []error{
		unix.EAGAIN, unix.EINTR, unix.ECONNABORTED, unix.ENETDOWN, unix.EPROTO, unix.ENOPROTOOPT,
		unix.EHOSTDOWN, unix.ENONET, unix.EHOSTUNREACH, unix.EOPNOTSUPP, unix.ENETUNREACH, unix.EPERM,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// reportTime bounds how long a report waits for a parent that does not read.
const reportTime = 10 * time.Second

// Report tells the parent what this process does; text counts for Failed and is
// cut off at 16 KiB. A parent that has gone is told nothing.
func (p *Poller) Report(r Report, text string) {
	message := append([]byte{byte(r)}, text[:min(len(text), maxText)]...)
	control := fd(p.control)
	for deadline := time.Now().Add(reportTime); time.Now().Before(deadline); {
		if !errors.Is(send(control, message), unix.EAGAIN) {
			return
		}
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(control), Events: unix.POLLOUT}}, 100)
	}
}
