package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"tpops/pkg/children"
	"tpops/pkg/pop3"
)

// acceptPause is how long a child waits after a connection that it could not
// accept: for descriptors or memory, of which there is none at the moment.
const acceptPause = time.Second

// takeTurns accepts connections, one after the other, until max-use have been
// served, none has come for max-idle, or the parent wants it to end.
func (c *childhood) takeTurns() {
	c.watchPAM()
	if c.program.certificates != nil {
		go c.watchCertificates()
	}
	config := c.program.config
	wait := time.Duration(-1) // A child that has not served yet is one that is kept ready.
	for used := 0; used < config.Processes.MaxUse && !c.ending; {
		news := c.post.Next(true, wait)
		switch {
		case news.Conn != nil:
			used++
			wait = config.Processes.MaxIdle
			c.serve(news.Conn, c.task.Ports[news.From])
		case news.Err != nil:
			c.program.logger.Error("accept failed", slog.Any("error", news.Err), slog.Duration("wait", acceptPause))
			c.obey(c.post.Next(false, acceptPause))
		case news == children.News{}:
			return // max-idle is over.
		default:
			c.obey(news)
		}
	}
}

// watchPAM ends the child, after its session, when PAM can be asked no more. The
// next child has a process of its own for that.
func (c *childhood) watchPAM() {
	ended := c.program.pamEnded()
	if ended == nil {
		return
	}
	go func() {
		<-ended
		c.program.logger.Error("PAM process failed")
		c.orders <- children.Renew
		c.post.Wake()
	}()
}

// watchCertificates has those that are renewed ready before a client comes.
func (c *childhood) watchCertificates() {
	for range time.Tick(time.Second) {
		c.program.certificates.Look()
	}
}

// serve serves one session, and obeys orders meanwhile.
func (c *childhood) serve(file *os.File, port pop3.Port) {
	c.post.Report(children.Busy, "")
	defer c.post.Report(children.Idle, "")
	conn, err := children.Conn(file)
	if err != nil {
		return // The client has gone already.
	}
	c.program.limitSession(c.limit)
	defer func() { _ = c.limit.Set(0) }() // It has no error for a timer that exists.
	done := make(chan struct{})
	go func() {
		_ = c.program.server.ServeConn(conn, port, nil) // The log has its end.
		close(done)
		c.post.Wake()
	}()
	for {
		select {
		case <-done:
			return
		default:
			c.obey(c.post.Next(false, -1))
		}
	}
}

// obey does what an order wants, or an end of the parent, which has the session
// end by itself.
func (c *childhood) obey(news children.News) {
	for news.Woken && len(c.orders) > 0 {
		c.obey(children.News{Order: <-c.orders})
	}
	if news.Order == 0 && !news.Orphaned {
		return
	}
	c.ending = true
	c.post.StopAccepting()
	server := c.program.server
	switch news.Order {
	case children.Renew:
		c.reopenLogs()
	case children.Shutdown:
		c.work.Go(func() { _ = server.Shutdown(context.Background()) }) // Its only error is that of the context.
	case children.Drain:
		c.work.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), news.Time)
			defer cancel()
			server.Abandon(server.Suspend(ctx)...)
		})
	case children.Close:
		c.work.Go(server.Close)
	}
}

// reopenLogs opens the log files anew, which may have been renamed. A process
// that has become a user who may not open them goes on with those it has.
func (c *childhood) reopenLogs() {
	p := c.program
	if err := p.log.Reopen(p.logConfig(p.config)); err != nil && !errors.Is(err, os.ErrPermission) {
		p.logger.Error("log write failed", slog.Any("error", err))
	}
}
