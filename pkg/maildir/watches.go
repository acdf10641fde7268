package maildir

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// How many instances of inotify(7) are kept between two readings, and for how long at most. An
// effective user id may have few of them (fs.inotify.max_user_instances).
const (
	mostIdleWatches = 8
	idleWatchTime   = time.Second
)

// Watches keeps instances of inotify(7) for the next mailbox that changes while it is read. To
// close one takes milliseconds: the kernel waits until no processor can be using its marks. To
// remove its watches takes microseconds. The zero value is ready for use, any number of
// goroutines may use it, and a nil one keeps nothing. A process needs only one.
type Watches struct {
	mu   sync.Mutex
	idle []int // descriptors of instances without a watch
	runs bool  // closeIdle will be called
}

// take returns the descriptor of an instance that does not block.
func (p *Watches) take() (int, error) {
	if fd, found := p.takeIdle(); found {
		return fd, nil
	}
	return unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
}

// takeIdle returns the descriptor of an instance that was kept, if there is one.
func (p *Watches) takeIdle() (fd int, found bool) {
	if p == nil {
		return -1, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last < 0 {
		return -1, false
	}
	fd = p.idle[last]
	p.idle = p.idle[:last]
	return fd, true
}

// give keeps an instance that has no watch, or closes it.
func (p *Watches) give(fd int) {
	if !p.keep(fd) {
		_ = unix.Close(fd)
	}
}

// keep reports whether it has kept an instance.
func (p *Watches) keep(fd int) bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) >= mostIdleWatches {
		return false
	}
	p.idle = append(p.idle, fd)
	if !p.runs {
		p.runs = true
		time.AfterFunc(idleWatchTime, p.closeIdle)
	}
	return true
}

// closeIdle closes all that are kept.
func (p *Watches) closeIdle() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.runs = nil, false
	p.mu.Unlock()
	for _, fd := range idle {
		_ = unix.Close(fd)
	}
}
