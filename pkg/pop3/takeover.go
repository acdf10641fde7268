package pop3

import (
	"fmt"
	"syscall"
	"time"
)

// TakeOver ends the session that has a Maildir, for a login to the same one, if its
// client is gone or has been silent for longer than silent. It returns what is known of
// the session, nil if this server has none. It does not wait for the end. Nothing is
// deleted: a session in the UPDATE state is not ended. With silent 0 no session is ended.
func (s *Server) TakeOver(maildrop string, silent time.Duration) *SessionInfo {
	holder, _ := s.takeOver(maildrop, silent)
	return holder
}

// takeOver is TakeOver. It also reports whether it ends the session.
func (s *Server) takeOver(maildrop string, silent time.Duration) (holder *SessionInfo, ends bool) {
	for f := range s.registry.find(maildrop) {
		if f.info.Maildrop != maildrop || f.info.LoginAt.IsZero() {
			continue
		}
		why := f.session.abandoned(&f.info, silent)
		if why != "" {
			f.session.evict(&Refusal{Answer: ErrTemporary, Ended: "taken over", Details: why})
		}
		return &f.info, why != ""
	}
	return nil, false
}

// abandoned returns why a session may be ended for another one, "" if it may not. Any
// goroutine may call it.
func (s *session) abandoned(info *SessionInfo, silent time.Duration) string {
	if silent <= 0 || info.Phase != phaseTransaction {
		return ""
	}
	line := s.home.Load().line(s)
	if line.dead() {
		return fmt.Sprintf("no answer from the client for %v", line.unanswered.Round(time.Second))
	}
	if info.CommandAt.IsZero() {
		return "" // It has just come from another server, and does not wait for its client yet.
	}
	idle := time.Since(info.CommandAt)
	if line.known {
		idle = min(idle, line.sinceSent, line.sinceReceived)
	}
	if isAtWork := info.Working && line.unsent == 0; isAtWork || idle <= silent {
		return ""
	}
	return fmt.Sprintf("client silent for %v", idle.Round(time.Second))
}

// line returns what the kernel knows of a session's connection. Any goroutine may call
// it. Nothing is known while the session is being parked, or has gone to another server.
func (r *registry) line(ses *session) line {
	if line, isParked := r.lot.line(ses); isParked {
		return line
	}
	if socket, ok := r.connOf(ses).(syscall.Conn); ok {
		if raw, err := socket.SyscallConn(); err == nil {
			return lineOf(raw)
		}
	}
	return line{}
}

// line returns the same of a session that is parked.
func (l *lot) line(ses *session) (of line, isParked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !ses.isIn(l.registry) || ses.space == notParked {
		return line{}, false
	}
	return lineOf(ses.conn.descriptor()), true
}
