package workers

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/workers/process"
)

// acceptPause is how long a child waits after an accept that failed because
// descriptors or memory are exhausted.
const acceptPause = time.Second

// serveListeners serves one connection after the other. It returns after max-use
// connections, after max-idle without one, or when the parent orders the child to end.
func (c *Child) serveListeners() {
	c.watchPAM()
	defer c.reportIdle()
	c.memory.last = inUse()
	go c.lookAtCertificates()
	wait := time.Duration(-1) // max-idle does not apply to a child that has not served yet.
	for used := 0; used < c.Config.Processes.MaxUse && !c.ending; {
		input := c.next(wait)
		switch {
		case input.Conn != nil:
			used++
			wait = c.Config.Processes.MaxIdle
			c.serve(input.Conn, c.ports[input.From])
		case input.Err != nil:
			c.log.Error("accept failed", slog.Any("error", input.Err), slog.Duration("wait", acceptPause))
			_ = c.limit.Set(0)
			c.obey(c.poller.Next(false, acceptPause))
		case input == process.Input{}:
			return // max-idle has passed.
		default:
			c.obey(input)
		}
	}
}

// quiet is how long a child waits for a client, or a session lasts, before the child gives
// back the memory that earlier sessions have left.
const quiet = time.Second

// usualLull is how long a child waits for the next client before it reports that it is idle. On
// a busy server that client comes sooner, and two reports of each session would be a tenth of
// its cost. The parent counts the child as busy for so long.
const usualLull = 20 * time.Millisecond

// next waits for a connection. If there is one soon, the parent gets no report between the
// two sessions. A child without one for some time gives memory back.
func (c *Child) next(wait time.Duration) process.Input {
	if c.busy {
		if input := c.poller.Next(true, min(wait, c.lull)); input != (process.Input{}) {
			return input
		}
		c.reportIdle()
	}
	if wait <= quiet { // before the first session, which has left nothing
		return c.poller.Next(true, wait)
	}
	if input := c.poller.Next(true, quiet); input != (process.Input{}) {
		return input
	}
	_ = c.limit.Set(0) // Only now: the next session sets it again, before it can end.
	c.memory.giveBack()
	return c.poller.Next(true, wait-quiet)
}

// lookAtCertificates loads renewed certificates once a second.
func (c *Child) lookAtCertificates() {
	for range time.Tick(time.Second) {
		c.program.LookAtCertificates()
	}
}

// watchPAM ends the child, after its session, when the process that calls PAM has
// ended. The next child starts another one.
func (c *Child) watchPAM() {
	ended := c.program.PAMEnded()
	if ended == nil {
		return
	}
	go func() {
		<-ended
		c.log.Error("PAM process failed")
		c.orders <- process.Renew
		c.poller.Wake()
	}()
}

// overdue is how long after connection-keep-time the kernel kills a process whose
// session has not ended, because its user has stopped it or it hangs.
const overdue = time.Minute

// serve serves one session and obeys orders during it.
func (c *Child) serve(file *os.File, port pop3.Port) {
	c.reportBusy()
	_ = c.limit.Set(c.Config.Protocol.ConnectionKeepTime + overdue) // Setting an existing timer cannot fail.
	conn, err := process.Conn(file)
	if err != nil {
		return // The client has disconnected.
	}
	done := make(chan struct{})
	go func() {
		defer c.poller.Wake() // also if a thread that is discarded ends this goroutine
		defer close(done)
		_ = c.server.ServeConn(conn, port, nil) // The end of the session is logged.
	}()
	c.obeyUntil(done)
}

// obeyUntil obeys orders until the session is done. In a long session it once gives back
// the memory that earlier sessions have left; a fork child had none.
func (c *Child) obeyUntil(done <-chan struct{}) {
	wait := quiet
	if c.conn != nil {
		wait = -1
	}
	for {
		select {
		case <-done:
			return
		default:
		}
		input := c.poller.Next(false, wait)
		if input == (process.Input{}) {
			c.memory.giveBack()
			wait = -1
		}
		c.obey(input)
	}
}

// obey carries out an order. When the parent has ended, the child ends after its
// session.
func (c *Child) obey(input process.Input) {
	for input.Woken && len(c.orders) > 0 {
		c.obey(process.Input{Order: <-c.orders})
	}
	if c.obeyForSession(input) || input.Order == 0 && !input.Orphaned {
		return
	}
	c.ending = true
	c.poller.StopAccepting()
	switch input.Order {
	case process.Renew:
		c.reopenLogs()
	case process.Shutdown:
		c.Go(func() { _ = c.server.Shutdown(context.Background()) }) // Its only error is that of the context.
	case process.Drain:
		c.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), input.Time)
			defer cancel()
			c.server.Abandon(c.server.Suspend(ctx)...)
		})
	case process.Close:
		c.Go(c.server.Close)
	}
}

// obeyForSession carries out an order that does not end the child, and reports whether it
// was one.
func (c *Child) obeyForSession(input process.Input) bool {
	switch input.Order {
	case process.Kick:
		c.kick()
	case process.TakeOver:
		c.takeOver(input.Time)
	default:
		return false
	}
	return true
}

// kick ends the session if it is the one that the parent has marked.
func (c *Child) kick() {
	if c.server != nil && c.board != nil {
		c.server.Kick(func(s *pop3.SessionInfo) bool { return c.board.Kicked(s.ID) })
	}
}

// reopenLogs opens the log files again after they were renamed. Without permission the
// process continues to use the old ones.
func (c *Child) reopenLogs() {
	if err := c.program.ReopenLogs(); err != nil && !errors.Is(err, os.ErrPermission) {
		c.log.Error("log write failed", slog.Any("error", err))
	}
}
