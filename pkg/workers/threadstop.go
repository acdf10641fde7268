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
	var sessions []*pop3.Suspended
	if how == Drain && t.Leave != nil {
		var done bool
		if sessions, done = t.goOn(wait); done {
			return
		}
	}
	server := t.server.Load()
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

// goOn brings sessions to rest. At a restart it hands them over, serves the others until they
// have ended, and reports true. Otherwise it returns those that are at rest. Another Stop
// meanwhile waits until it is clear which server has the sessions.
func (t *thread) goOn(wait time.Duration) (atRest []*pop3.Suspended, done bool) {
	t.leaving.Lock()
	if server := t.server.Load(); t.former.Load() == nil {
		atRest = server.SuspendWithin(min(restTime, wait))
		if t.Service.IsRestarting() {
			done = t.restart(server, atRest)
			atRest = nil // They were handed over, or have ended.
		}
	}
	server, former := t.server.Load(), t.former.Load()
	t.leaving.Unlock()
	if done && former != nil {
		former.Wait()
	}
	if done {
		server.Wait()
	}
	return atRest, done
}

// restart hands sessions at rest over, and lets another server go on with the others. It
// returns false if they must end because this process cannot leave the service.
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
	return true
}
