package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"syscall"
	"time"

	"tpops/pkg/pop3"
)

// wait serves the listeners and obeys signals until one ends the daemon:
// SIGTERM when the sessions have ended by themselves, or under systemd have
// been handed over; SIGINT at once.
func (p *program) wait(listeners []listener) int {
	served := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { served <- p.server.Serve(l, l.port) }()
	}
	stopped := make(chan struct{}, 4) // one place for each that ends the daemon
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	m := p.newMonitor(stopped)
	defer p.unwatch()
	for {
		select {
		case s := <-p.signals:
			p.obey(s, stopped)
		case <-tick.C:
			m.tick(time.Now())
		case <-stopped:
			p.logger.Info("stopped")
			return 0
		case err := <-served:
			if err != nil && !errors.Is(err, pop3.ErrServerClosed) {
				return p.fatal(exitSystem, err)
			}
		}
	}
}

// obey carries out a signal. stopped is told when nothing is left to do.
func (p *program) obey(s os.Signal, stopped chan<- struct{}) {
	p.logger.Info("signal", slog.String("name", s.String()))
	switch s {
	case syscall.SIGHUP:
		p.reload()
	case syscall.SIGUSR1:
		p.followed = true
	case syscall.SIGTERM:
		if p.stopping {
			return // A second one must not get ahead of what the first began.
		}
		p.tellStopping()
		drain, followed := p.config.DrainTime, p.followed
		go func() {
			p.stop(drain, followed)
			notify(stopped)
		}()
	case syscall.SIGINT:
		p.tellStopping()
		time.AfterFunc(patience, func() { notify(stopped) })
		go func() {
			p.server.Close()
			notify(stopped)
		}()
	}
}

// patience is how long SIGINT waits for sessions to give back what they hold.
// One that hangs in a file system would keep the daemon for ever.
const patience = 5 * time.Second

func notify(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// stop returns when no session is left here. On its own the daemon waits until
// they have ended by themselves. Under systemd commands at work are finished;
// then the sessions go on in the next process, or end if there will be none.
func (p *program) stop(drain time.Duration, followed bool) {
	if p.notifier == nil {
		_ = p.server.Shutdown(context.Background()) // Its only error is that of the context.
		return
	}
	p.logger.Info("draining", slog.Int("sessions", p.server.Stats().Sessions), slog.Duration("wait", drain))
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	sessions := p.server.Suspend(ctx)
	if followed {
		p.handOver(sessions)
		return
	}
	p.server.Abandon(sessions...)
}

// tellStopping tells systemd that the daemon ends, and how long that may take.
func (p *program) tellStopping() {
	p.stopping = true
	p.unwatch()
	err := errors.Join(p.notifier.Stopping(), p.notifier.ExtendTimeout(p.config.DrainTime+barrierTime))
	if err != nil {
		p.logger.Warn("systemd not told", slog.Any("error", err))
	}
}
