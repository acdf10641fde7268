package main

import (
	"errors"
	"log/slog"
	"os"
	"syscall"
	"time"

	"tpops/pkg/pop3"
)

// wait serves connections and obeys signals until one ends the daemon: SIGTERM
// when the sessions have ended by themselves, or under systemd when their
// commands have; SIGINT at once.
func (p *program) wait() int {
	p.parallel.begin()
	defer p.parallel.end()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	m := p.newMonitor()
	defer p.unwatch()
	pamEnded, code := p.pamEnded(), 0
	for {
		select {
		case s := <-p.signals:
			p.obey(s)
		case work := <-p.parallel.work():
			work()
		case <-tick.C:
			m.tick(time.Now())
			p.parallel.tick(time.Now())
			p.guard.Sweep()
		case <-pamEnded:
			pamEnded, code = nil, p.losePAM()
		case <-p.stopped:
			p.logger.Info("stopped")
			return code
		case err := <-p.served:
			if err != nil && !errors.Is(err, pop3.ErrServerClosed) {
				return p.fatal(exitSystem, err)
			}
		}
	}
}

// obey carries out a signal.
func (p *program) obey(s os.Signal) {
	p.logger.Info("signal received", slog.String("name", s.String()))
	switch s {
	case syscall.SIGHUP:
		if !p.stopping {
			p.reload()
		}
	case syscall.SIGTERM:
		if p.stopping {
			return // A second one must not get ahead of what the first began.
		}
		p.tellStopping()
		p.stop()
	case syscall.SIGINT:
		p.tellStopping()
		time.AfterFunc(patience, p.notifyStopped)
		p.parallel.close()
	}
}

// patience is how long SIGINT waits for sessions to give back what they hold.
// One that hangs in a file system would keep the daemon for ever.
const patience = 5 * time.Second

// stop ends the daemon when no session is left here. On its own it waits until
// they have ended by themselves. Under systemd their commands are finished.
func (p *program) stop() {
	if p.notifier == nil {
		p.parallel.finish()
		return
	}
	p.logger.Info("drain started", slog.Int("sessions", p.parallel.stats().Sessions), slog.Duration("wait", p.config.Processes.DrainTime))
	p.parallel.drain()
}

// tellStopping tells systemd that the daemon ends, and how long that may take.
func (p *program) tellStopping() {
	p.stopping = true
	p.unwatch()
	err := errors.Join(p.notifier.Stopping(), p.notifier.ExtendTimeout(p.config.Processes.DrainTime+barrierTime))
	if err != nil {
		p.logger.Warn("sd_notify failed", slog.Any("error", err))
	}
}
