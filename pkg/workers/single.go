package workers

import (
	"context"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/pop3"
	"tpops/pkg/workers/process"
)

// Single is the environment of ServeOne.
type Single struct {
	Config  *config.Config
	Log     *slog.Logger
	Ended   func(*pop3.Summary) // gets the end of the session
	Backend *pop3.Backend
	Ready   func() error // called when the session begins
	Signals <-chan os.Signal
	// Asked returns a time that changes when a login of another process asks for a Maildir.
	Asked func(maildrop string) time.Time
}

// askedInterval is how often Asked is called. A login asks for ten seconds.
const askedInterval = 2 * time.Second

// ServeOne serves one session and returns when it has ended. SIGTERM ends the session
// after the current command, SIGINT ends it at once, also after SIGTERM. The error is
// that of the system; no session has begun then.
func ServeOne(s Single, conn net.Conn, port pop3.Port) error {
	server := pop3.NewServer(s.Backend, 1, s.Log, s.Ended)
	limit, err := process.NewDeadline()
	if err != nil {
		return err
	}
	if err := s.Ready(); err != nil {
		return err
	}
	_ = limit.Set(s.Config.Protocol.ConnectionKeepTime + overdue) // Setting an existing timer cannot fail.
	served := make(chan struct{})
	go func() {
		defer close(served)                   // also if a thread that is discarded ends this goroutine
		_ = server.ServeConn(conn, port, nil) // The end of the session is logged.
	}()
	s.wait(server, served)
	server.Close()
	_ = limit.Set(0)
	return nil
}

// wait returns when the session has ended or a signal requires it to end at once.
func (s *Single) wait(server *pop3.Server, ended <-chan struct{}) {
	tick := time.NewTicker(askedInterval)
	defer tick.Stop()
	before := time.Time{}
	for draining := false; ; {
		select {
		case <-tick.C:
			before = s.yield(server, before)
		case <-ended:
			return
		case signal := <-s.Signals:
			switch {
			case signal == syscall.SIGINT:
				return
			case signal == syscall.SIGTERM && !draining:
				draining = true
				ended = s.drain(server) // The session ends later than ServeConn returns.
			}
		}
	}
}

// yield ends the session if another login has asked for its Maildir and it is abandoned. before
// is what it has returned before.
func (s *Single) yield(server *pop3.Server, before time.Time) (asked time.Time) {
	if s.Backend.LockTakeover <= 0 {
		return before
	}
	for info := range server.Sessions() {
		if info.LoginAt.IsZero() || info.Maildrop == "" {
			continue
		}
		asked = s.Asked(info.Maildrop)
		if !before.IsZero() && !asked.Equal(before) {
			server.TakeOver(info.Maildrop, s.Backend.LockTakeover)
		}
	}
	return asked
}

// drain ends the session after the current command, for at most drain-time, and closes
// the channel then.
func (s *Single) drain(server *pop3.Server) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ctx, cancel := context.WithTimeout(context.Background(), s.Config.Processes.DrainTime)
		defer cancel()
		server.Abandon(server.Suspend(ctx)...)
	}()
	return ended
}
