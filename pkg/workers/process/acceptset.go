package process

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// acceptSet is an epoll(7) set with the control connection, the pipe of Wake and the
// listeners. The kernel wakes only one of the processes that wait for a listener in such
// a set. In poll(2) each client would wake all idle children.
//
// If that process ends before it accepts, the client waits until another one looks again,
// see lookAgain.
type acceptSet struct{ file *os.File }

// lookAgain bounds one wait in an acceptSet. Then poll(2) finds a client that another
// process was woken for and has not accepted.
const lookAgain = time.Second

// newAcceptSet returns the set of p. The error is that of the system.
func newAcceptSet(p *Poller) (*acceptSet, error) {
	set, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	s := &acceptSet{os.NewFile(uintptr(set), "accept set")}
	for i, polled := range p.pollFDs(true) {
		if polled.Fd < 0 {
			continue
		}
		event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}
		if i >= firstListener {
			event.Events |= unix.EPOLLEXCLUSIVE
		}
		if err := unix.EpollCtl(set, unix.EPOLL_CTL_ADD, int(polled.Fd), &event); err != nil {
			return nil, errors.Join(fmt.Errorf("epoll: %w", err), s.file.Close())
		}
	}
	return s, nil
}

// remove removes a descriptor. Closing it is not enough: other processes have it too.
func (s *acceptSet) remove(file *os.File) {
	_ = unix.EpollCtl(fd(s.file), unix.EPOLL_CTL_DEL, fd(file), nil) // It may have been removed.
}

// wait is poll(2) for fds, which are those of Poller.pollFDs, for at most timeout in
// milliseconds.
func (s *acceptSet) wait(fds []unix.PollFd, timeout int) (n int, err error) {
	events := make([]unix.EpollEvent, len(fds))
	n, err = unix.EpollWait(fd(s.file), events, timeout)
	if n == 0 && timeout > 0 {
		return unix.Poll(fds, 0)
	}
	for _, e := range events[:max(n, 0)] {
		fds[e.Fd].Revents = unix.POLLIN
	}
	return n, err
}

// timeLeft returns how long to wait: until the deadline, or without limit.
func timeLeft(wait time.Duration, deadline time.Time) time.Duration {
	if wait < 0 {
		return longestPoll
	}
	return max(0, time.Until(deadline))
}
