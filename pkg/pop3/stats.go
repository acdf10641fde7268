package pop3

import "sync/atomic"

// Stats is what a Server is doing and has done.
type Stats struct {
	Sessions  int   // at present
	Mailboxes int   // open at present
	Logins    int64 // since the start
}

type stats struct {
	sessions, mailboxes, logins atomic.Int64
}

// Stats returns the present figures. Each is right; together they may be of
// slightly different moments.
func (s *Server) Stats() Stats {
	return Stats{
		Sessions:  int(s.stats.sessions.Load()),
		Mailboxes: int(s.stats.mailboxes.Load()),
		Logins:    s.stats.logins.Load(),
	}
}

// Connections returns how many connections the listeners have accepted and the
// server has not closed, whether or not their sessions have begun. Those at rest count
// until Suspend, SuspendWithin or Later has passed them on.
func (s *Server) Connections() int { return s.registry.count() }
