package workers

import (
	"context"
	"time"

	"tpops/pkg/pop3"
)

// pauseTime bounds how long isIdle waits for the accept loops.
const pauseTime = time.Second

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

// drain finishes commands. Then it hands the sessions over to the next process, and goes on
// with those that cannot leave this one. If there will be no next process, it ends them.
func (t *thread) drain(how How, wait time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	server := t.server.Load()
	sessions := server.Suspend(ctx)
	// Ask last: a restart may have become a stop, or a stop a restart.
	restarts := !t.left.Load() && t.Service.IsRestarting()
	if how == Replace || restarts {
		sessions = t.Service.Send(server, sessions)
	}
	if restarts && len(sessions) > 0 && t.leave(len(sessions)) {
		t.continueHere(server, sessions)
		return
	}
	server.Abandon(sessions...)
}

// continueHere serves the sessions of a server that has suspended them, and returns when
// they have ended.
func (t *thread) continueHere(suspended *pop3.Server, sessions []*pop3.Suspended) {
	t.left.Store(true)
	next := suspended.Successor()
	t.server.Store(next)
	for _, s := range sessions {
		if next.Resume(s) != nil { // A Stop came in between.
			next.Abandon(s)
		}
	}
	next.Wait()
}
