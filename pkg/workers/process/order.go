package process

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// nextOrder is Next without connections, for a wait beside a session. It waits as the Go
// runtime waits for files: in poll(2) this thread would keep the only processor of Go code
// from the session until the runtime notices that. It returns false if the runtime cannot
// wait for the control connection.
func (p *Poller) nextOrder(wait time.Duration) (input Input, ok bool) {
	if p.control == nil {
		return Input{}, false
	}
	raw, err := p.control.SyscallConn()
	if err != nil {
		return Input{}, false
	}
	var deadline time.Time
	if wait >= 0 {
		deadline = time.Now().Add(wait)
	}
	for {
		if p.control.SetReadDeadline(deadline) != nil {
			return Input{}, false
		}
		input, found, err := p.await(raw)
		switch {
		case found:
			return input, true
		case err != nil:
			return Input{}, false
		case wait >= 0 && time.Until(deadline) <= 0:
			return Input{}, true
		}
	}
}

// await looks for an order until there is one, or until the deadline, which is not
// an error. Nor is Wake, which ends it early.
func (p *Poller) await(raw syscall.RawConn) (input Input, found bool, err error) {
	err = raw.Read(func(uintptr) bool {
		input, found = p.look()
		return found
	})
	if !found && errors.Is(err, os.ErrDeadlineExceeded) {
		input, found = p.look()
		err = nil
	}
	return input, found, err
}

// look returns an order, the end of the parent or a call of Wake, if there is one now.
func (p *Poller) look() (Input, bool) {
	if p.isWoken.Swap(false) {
		return Input{Woken: true}, true
	}
	fds := p.pollFDs(false)
	if n, err := unix.Poll(fds, 0); err != nil || n == 0 {
		return Input{}, false
	}
	return p.read(fds)
}

// interrupt makes nextOrder look again. Wake has set isWoken before: nextOrder sees that, or
// sets its own deadline earlier than this one.
func (p *Poller) interrupt() {
	if p.control != nil {
		_ = p.control.SetReadDeadline(time.Unix(1, 0)) // nextOrder does not wait for a file without deadlines.
	}
}
