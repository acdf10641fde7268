package pop3

import (
	"context"
	"time"
)

// SuspendWithin is Suspend for a process that can go on with sessions: it returns those that
// are at rest within wait. The others finish their commands. Suspend or Later gets them then.
func (s *Server) SuspendWithin(wait time.Duration) []*Suspended {
	s.suspend.begin()
	s.closeListeners()
	s.backend.keep()
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	_ = s.Shutdown(ctx) // Its only error is that of the context.
	return s.registry.takeAtRest()
}

// Later calls f with each session that has come, or comes, to rest after SuspendWithin. Wait returns
// when there will be no further one. f is called by several goroutines.
func (s *Server) Later(f func(*Suspended)) { s.registry.passOn(f) }
