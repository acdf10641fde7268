package workers

import (
	"context"
	"time"

	"tpops/pkg/pop3"
)

const (
	// pauseTime bounds how long isIdle waits for the accept loops.
	pauseTime = time.Second
	// abandonTime bounds how long the ends of sessions that are not handed over wait for the
	// log.
	abandonTime = 5 * time.Second
)

// isIdle pauses the accept loops, and reports whether the server has no connection.
// Later clients then wait in the queue of the socket for the next process. If there is
// a connection, the loops continue.
func (t *thread) isIdle() bool {
	ctx, cancel := context.WithTimeout(context.Background(), pauseTime)
	defer cancel()
	paused := true
	for _, l := range t.listeners {
		paused = l.Pause(ctx) && paused
	}
	if paused && t.server.Load().Connections() == 0 {
		return true
	}
	for _, l := range t.listeners {
		l.Resume()
	}
	return false
}

// restTime is how long commands may take at a restart. Sessions that are still at work then go
// on in this process, so that new clients need not wait for the next one.
const restTime = time.Second

// drain finishes commands. Then it hands the sessions over to the next process, and goes on
// with those that cannot leave this one. If there will be no next process, it ends them.
func (t *thread) drain(how How, wait time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	server := t.server.Load()
	var sessions []*pop3.Suspended
	if mayGoOn := how == Drain && t.former.Load() == nil && t.Leave != nil; mayGoOn {
		sessions = server.SuspendWithin(min(restTime, wait))
		if t.Service.IsRestarting() {
			if t.restart(server, sessions) {
				return
			}
			sessions = nil // They were handed over, or have ended.
		}
	}
	sessions = append(sessions, server.Suspend(ctx)...)
	// Ask last: a restart may have become a stop, or a stop a restart.
	if how == Replace || t.former.Load() == nil && t.Service.IsRestarting() {
		sessions = t.Service.Send(server, sessions)
	}
	timer := time.AfterFunc(abandonTime, server.Close)
	server.Abandon(sessions...)
	timer.Stop()
	if former := t.former.Load(); former != nil {
		former.Suspend(ctx) // What comes to rest is ended by its successor.
	}
}

// restart hands sessions at rest over, and serves the others until they have ended. It returns
// false if they must end because this process cannot leave the service.
func (t *thread) restart(server *pop3.Server, atRest []*pop3.Suspended) bool {
	left := t.Service.Send(server, atRest)
	others := len(left) + server.Connections()
	if others == 0 {
		return true
	}
	if !t.leave(others) {
		server.Abandon(left...)
		return false
	}
	next := server.Successor()
	goOn := func(s *pop3.Suspended) {
		if next.Resume(s) != nil { // A Stop came in between.
			next.Abandon(s)
		}
	}
	t.former.Store(server)
	t.server.Store(next)
	for _, s := range left {
		goOn(s)
	}
	server.Later(goOn)
	server.Wait()
	next.Wait()
	return true
}
