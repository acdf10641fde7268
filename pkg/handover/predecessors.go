package handover

import (
	"fmt"
	"iter"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
	"tpops/pkg/sd"
	"tpops/pkg/socketpair"
)

const (
	// answerTime bounds how long a predecessor may take to answer.
	answerTime = 5 * time.Second
	// maxAnswer bounds an answer in octets.
	maxAnswer = 256 << 20
)

// Predecessors are the earlier processes of the service that go on with sessions. Goroutines
// may share them.
type Predecessors struct {
	patience time.Duration // with an answer

	mu     sync.Mutex // held during a request
	conns  []*net.UnixConn
	silent []*net.UnixConn // did not answer, and are not asked again
}

// Predecessors returns those of which systemd has stored a connection. One that cannot be used
// is left out.
func (s *Service) Predecessors(stored []sd.Socket) *Predecessors {
	p := &Predecessors{patience: answerTime}
	for _, socket := range stored {
		if socket.Name != predecessorName {
			continue
		}
		if conn, err := socketpair.Conn(socket.File); err == nil {
			p.conns = append(p.conns, conn)
		}
	}
	return p
}

// Close closes the connections: only one process may use them.
func (p *Predecessors) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range slices.Concat(p.conns, p.silent) {
		_ = conn.Close() // What waits in it is of no use.
	}
	p.conns, p.silent = nil, nil
}

// Any reports whether a predecessor still goes on with sessions. It asks none and waits for none.
func (p *Predecessors) Any() bool {
	if !p.mu.TryLock() {
		return true // Another goroutine asks them: perhaps there is one.
	}
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.conns, isOpen) || slices.ContainsFunc(p.silent, isOpen)
}

// isOpen reports whether the process at the other end has not ended.
func isOpen(conn *net.UnixConn) (open bool) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	err = raw.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd)}}
		_, err := unix.Poll(fds, 0)
		open = fds[0].Revents&(unix.POLLHUP|unix.POLLERR) == 0 || err != nil // A late answer may wait.
	})
	return open && err == nil
}

// TakeOver has the predecessor with a session that has a Maildir end it if it is abandoned. It
// returns what is known of the session, nil if no predecessor has one, or while another
// goroutine asks them. See pop3.Server.TakeOver.
func (p *Predecessors) TakeOver(maildrop string, silent time.Duration) *pop3.SessionInfo {
	if p == nil || !p.mu.TryLock() {
		return nil // A login asks again.
	}
	defer p.mu.Unlock()
	text := fmt.Sprintf("%s %v %s", takeOverRequest, silent, maildrop)
	for _, s := range p.askLocked(func(conn *net.UnixConn) ([]pop3.SessionInfo, error) { return p.request(conn, text) }) {
		if s.Has(maildrop) && !s.LoginAt.IsZero() {
			return &s
		}
	}
	return nil
}

// ReopenLogs has the predecessors open their log files again.
func (p *Predecessors) ReopenLogs() {
	p.ask(func(conn *net.UnixConn) ([]pop3.SessionInfo, error) { return p.request(conn, reopenRequest) })
}

// Sessions returns the sessions of the predecessors.
func (p *Predecessors) Sessions() []pop3.SessionInfo {
	return p.ask(func(conn *net.UnixConn) ([]pop3.SessionInfo, error) { return p.request(conn, listRequest) })
}

// With returns the sessions of a model together with those of the predecessors.
func (p *Predecessors) With(own Sessions) Sessions { return &family{p, own} }

// family implements Sessions.
type family struct {
	elders *Predecessors
	own    Sessions
}

// Sessions implements Sessions.
func (f *family) Sessions() iter.Seq[pop3.SessionInfo] {
	return func(yield func(pop3.SessionInfo) bool) {
		for s := range f.own.Sessions() {
			if !yield(s) {
				return
			}
		}
		for _, s := range f.elders.Sessions() {
			if !yield(s) {
				return
			}
		}
	}
}

// Kick implements Sessions.
func (f *family) Kick(selects func(*pop3.SessionInfo) bool) []pop3.SessionInfo {
	kicked := f.own.Kick(selects)
	return append(kicked, f.elders.ask(func(conn *net.UnixConn) ([]pop3.SessionInfo, error) { return f.elders.kick(conn, selects) })...)
}

// ask asks all predecessors. One that does not answer in time is not asked again: its answer
// could be taken for a later one.
func (p *Predecessors) ask(do func(*net.UnixConn) ([]pop3.SessionInfo, error)) (all []pop3.SessionInfo) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.askLocked(do)
}

// askLocked is ask for a caller that has locked p.mu.
func (p *Predecessors) askLocked(do func(*net.UnixConn) ([]pop3.SessionInfo, error)) (all []pop3.SessionInfo) {
	p.conns = slices.DeleteFunc(p.conns, func(conn *net.UnixConn) bool {
		some, err := do(conn)
		all = append(all, some...)
		switch {
		case isGone(err):
			_ = conn.Close() // Nothing is waiting in it.
		case err != nil:
			p.silent = append(p.silent, conn)
		}
		return err != nil
	})
	return all
}
