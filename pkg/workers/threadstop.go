package workers

import (
	"context"
	"time"
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
	if paused && t.server.Connections() == 0 {
		return true
	}
	for _, l := range t.listeners {
		l.Resume()
	}
	return false
}

// drain finishes commands. Then it hands the sessions over to the next process, or ends
// them if there will be none.
func (t *thread) drain(how How, wait time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	sessions := t.server.Suspend(ctx)
	// Ask last: a restart may have become a stop, or a stop a restart.
	if how == Replace || t.Service.IsRestarting() {
		t.Service.Send(t.server, sessions)
		return
	}
	defer time.AfterFunc(abandonTime, t.server.Close).Stop()
	t.server.Abandon(sessions...)
}
