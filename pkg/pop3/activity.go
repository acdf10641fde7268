package pop3

import (
	"sync"
	"sync/atomic"
	"time"
)

// activity is what others may read of a session that is at work. A parked session has
// none: its fields are read instead. The lock of the lot guards the session's pointer
// to it.
type activity struct {
	mu   sync.Mutex
	info SessionInfo
	sent atomic.Int64 // octets written since info was set
}

// Board shows a session to another process.
type Board interface {
	// Show shows the session. It does not keep the pointer.
	Show(*SessionInfo)
	// Sent adds octets to those that were sent when Show was last called.
	Sent(octets int)
	// Hide shows no session: it has ended.
	Hide()
}

// activities has activities of sessions that are parked or have ended.
type activities struct{ pool sync.Pool }

// take returns an activity that shows s.
func (a *activities) take(s *session) *activity {
	next, ok := a.pool.Get().(*activity)
	if !ok {
		next = &activity{}
	}
	next.set(s.info())
	return next
}

// give keeps an activity for another session.
func (a *activities) give(old *activity) {
	old.set(SessionInfo{}) // It must not keep texts in memory.
	a.pool.Put(old)
}

func (a *activity) set(info SessionInfo) {
	a.mu.Lock()
	a.info = info
	a.sent.Store(0)
	a.mu.Unlock()
}

func (a *activity) read() SessionInfo {
	a.mu.Lock()
	defer a.mu.Unlock()
	info := a.info
	info.Sent += a.sent.Load()
	return info
}

// showWaiting shows that the session waits for a command.
func (s *session) showWaiting() {
	if s.activity == nil {
		return
	}
	a := s.activity
	a.set(s.info())
	if s.server.Board != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		s.server.Board.Show(&a.info) // A copy would be allocated for each command.
	}
}

// showCommand shows that the session carries out a command.
func (s *session) showCommand(c *command) {
	s.last = c
	if s.activity == nil {
		return
	}
	a := s.activity
	a.mu.Lock()
	defer a.mu.Unlock()
	a.info.Command, a.info.CommandAt, a.info.Working = c.name, time.Now(), true
	if s.loggedIn() && c.name == "QUIT" {
		a.info.Phase = phaseUpdate
	}
	if s.server.Board != nil {
		s.server.Board.Show(&a.info)
	}
}

// showSent shows that octets were written to the client.
func (s *session) showSent(octets int) {
	s.conn.sent += int64(octets)
	if s.activity == nil {
		return
	}
	s.activity.sent.Add(int64(octets))
	if s.server.Board != nil {
		s.server.Board.Sent(octets)
	}
}
