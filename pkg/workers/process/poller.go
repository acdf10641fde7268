package process

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Poller waits for connections, orders, the end of the parent, and calls of Wake.
// Only one goroutine may call Next and StopAccepting. Several goroutines may call Wake
// and Report.
type Poller struct {
	control   *os.File // nil in a process without a parent
	listeners []*os.File
	set       *acceptSet // nil without listeners
	first     int        // index of the listener that is checked first
	orphaned  bool
	wake      *os.File
	woken     *os.File
	isWoken   atomic.Bool // by Wake, which Next has not reported yet
	polls     atomic.Bool // Next may wait where only the pipe ends that
}

// Input is the result of Next. One of its fields is set. None is set after a time-out.
type Input struct {
	Order    Order
	Time     time.Duration // of Drain
	Orphaned bool          // the parent has ended
	Woken    bool
	Conn     *os.File // a connection, non-blocking; the caller closes it
	From     int      // index of the connection's listener
	Err      error    // of accept(2) or poll(2): out of descriptors or memory
}

// NewPoller returns a Poller. In a process without a parent the control connection is
// nil. Listeners are optional. They become non-blocking in all processes that have
// them, and StopAccepting closes them. The error is that of the system.
func NewPoller(control *os.File, listeners ...*os.File) (*Poller, error) {
	p := &Poller{control: control, listeners: listeners}
	for _, l := range listeners {
		if err := setNonblock(l); err != nil {
			return nil, fmt.Errorf("listener: %w", err)
		}
	}
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	p.woken, p.wake = os.NewFile(uintptr(pipe[0]), "woken"), os.NewFile(uintptr(pipe[1]), "wake")
	// Only now, so that the Go runtime does not wait for them too.
	if err := errors.Join(setNonblock(p.woken), setNonblock(p.wake)); err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	if len(listeners) == 0 {
		return p, nil
	}
	var err error
	p.set, err = newAcceptSet(p)
	return p, err
}

// Wake makes the current or the next call of Next return.
func (p *Poller) Wake() {
	p.isWoken.Store(true)
	if p.polls.Load() { // Next looks at isWoken after it has set this.
		_, _ = unix.Write(fd(p.wake), []byte{1}) // If the pipe is full, Next returns as well.
	}
	p.interrupt()
}

// StopAccepting closes the listeners. No connection is accepted after it.
func (p *Poller) StopAccepting() {
	for _, l := range p.listeners {
		p.set.remove(l)
		_ = l.Close() // Nothing was written to it.
	}
	p.listeners = nil
}

// longestPoll bounds one poll(2), whose time-out in milliseconds has only 32 bits.
const longestPoll = time.Hour

// Next waits for an input, for at most wait; a negative wait has no limit. It accepts
// connections only if accept is set. Orders take precedence over connections, so that
// no connection is accepted after an order has arrived.
func (p *Poller) Next(accept bool, wait time.Duration) Input {
	if !accept {
		if input, ok := p.nextOrder(wait); ok {
			return input
		}
	}
	p.polls.Store(true)
	defer p.polls.Store(false)
	deadline := time.Now().Add(wait)
	for {
		if p.isWoken.Swap(false) {
			return Input{Woken: true}
		}
		left := timeLeft(wait, deadline)
		fds := p.pollFDs(accept)
		n, err := p.poll(fds, accept, left)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return Input{Err: fmt.Errorf("poll: %w", err)}
		case n == 0 && left == 0:
			return Input{}
		}
		if input, ok := p.read(fds); ok {
			return input
		}
	}
}

// poll waits for what pollFDs has returned, for at most left, and returns how many of them
// have something.
func (p *Poller) poll(fds []unix.PollFd, accept bool, left time.Duration) (int, error) {
	wait, longest := unix.Poll, longestPoll
	if accept && p.set != nil {
		wait, longest = p.set.wait, lookAgain
	}
	timeout := min(left, longest)
	return wait(fds, int((timeout+time.Millisecond-1)/time.Millisecond))
}

// firstListener is the index of the first listener in what pollFDs returns.
const firstListener = 2

// pollFDs returns the descriptors to poll: the control connection, the pipe of Wake,
// and the listeners.
func (p *Poller) pollFDs(accept bool) []unix.PollFd {
	control := fd(p.control)
	if p.orphaned {
		control = -1 // Next reports the end of the parent only once.
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

// read returns the first input that poll has found. It returns false if there is none
// any more.
func (p *Poller) read(fds []unix.PollFd) (Input, bool) {
	if fds[0].Revents != 0 {
		return p.readOrder(), true
	}
	if fds[1].Revents != 0 {
		_, _ = unix.Read(int(fds[1].Fd), make([]byte, 64))
		if p.isWoken.Swap(false) { // Otherwise an earlier call has reported it.
			return Input{Woken: true}, true
		}
	}
	listeners := fds[firstListener:]
	for i := range listeners {
		at := (p.first + i) % len(listeners)
		if listeners[at].Revents == 0 {
			continue
		}
		// Another process may have accepted the connection, or the client has disconnected.
		conn, err := accept(int(listeners[at].Fd))
		if hasNoConnection(err) {
			continue
		}
		p.first = at + 1 // The other listeners come first next time.
		return Input{Conn: conn, From: at, Err: err}, true
	}
	return Input{}, false
}

// readOrder reads an order. It treats an invalid message as the end of the parent,
// which never sends one.
func (p *Poller) readOrder() Input {
	buf := make([]byte, orderSize+1)
	n, err := unix.Read(fd(p.control), buf)
	if err != nil {
		n = 0
	}
	o, d := decodeOrder(buf[:n])
	if p.orphaned = o == 0; p.orphaned && p.set != nil {
		p.set.remove(p.control)
	}
	return Input{Order: o, Time: d, Orphaned: p.orphaned}
}
