package workers

import (
	"context"
	"log/slog"
	"net"
	"os"
	"syscall"

	"tpops/pkg/config"
	"tpops/pkg/pop3"
	"tpops/pkg/workers/process"
)

// Single is what ServeOne needs.
type Single struct {
	Config  *config.Config
	Log     *slog.Logger
	Ended   func(*pop3.Summary) // gets the end of the session
	Backend *pop3.Backend
	Ready   func() error // called when the session begins
	Signals <-chan os.Signal
}

// ServeOne serves one session and returns when it has ended: when the client ends
// it, by SIGTERM when its command is finished, or by SIGINT at once. The error is
// that of the system, before the session has begun.
func ServeOne(s Single, conn net.Conn, port pop3.Port) error {
	server := pop3.NewServer(s.Backend, 1, s.Log, s.Ended)
	limit, err := process.NewDeadline()
	if err != nil {
		return err
	}
	if err := s.Ready(); err != nil {
		return err
	}
	_ = limit.Set(s.Config.Protocol.ConnectionKeepTime + overdue) // A timer that exists has no error.
	served := make(chan struct{})
	go func() {
		_ = server.ServeConn(conn, port, nil) // The end of the session is logged.
		close(served)
	}()
	s.wait(server, served)
	server.Close()
	_ = limit.Set(0)
	return nil
}

// wait returns when the session has ended or a signal has come.
func (s *Single) wait(server *pop3.Server, served <-chan struct{}) {
	for {
		select {
		case <-served:
			return
		case signal := <-s.Signals:
			switch signal {
			case syscall.SIGINT:
				return
			case syscall.SIGTERM:
				ctx, cancel := context.WithTimeout(context.Background(), s.Config.Processes.DrainTime)
				defer cancel()
				server.Abandon(server.Suspend(ctx)...)
				return
			}
		}
	}
}
