package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// monitor looks after the daemon once a second: the line that systemctl status
// shows, certificates that change or expire, the end of a daemon that nobody
// needs, and the watchdog.
type monitor struct {
	program *program
	shown   pop3.Stats
	busy    time.Time // when a session was last seen
}

func (p *program) newMonitor() *monitor {
	ctx, cancel := context.WithCancel(context.Background())
	p.unwatch = cancel
	m := &monitor{program: p, shown: pop3.Stats{Sessions: -1}, busy: time.Now()}
	if interval := p.notifier.Watchdog(); interval > 0 {
		p.parallel.watch(ctx, interval)
	}
	return m
}

func (m *monitor) tick(now time.Time) {
	stats := m.program.parallel.stats()
	if stats != m.shown {
		m.program.notifier.Status(fmt.Sprintf("%d sessions, %d mailboxes, %d logins since start, version %s",
			stats.Sessions, stats.Mailboxes, stats.Logins, version))
		m.shown = stats
	}
	if stats.Sessions > 0 {
		m.busy = now
	}
	m.program.certificates.Look()
	m.exitIdle(now.Sub(m.busy))
}

// exitIdle ends a daemon that had no session for idle-exit, if systemd will
// start it again with the next connection.
func (m *monitor) exitIdle(idle time.Duration) {
	limit := m.program.config.Processes.IdleExit
	if m.program.stopping || limit == 0 || idle < limit || len(m.program.passed(sd.Listening)) == 0 {
		return
	}
	m.program.logger.Info("idle exit", slog.Duration("idle", idle.Round(time.Second)))
	m.program.tellStopping()
	// A client who logged in at this moment is served to the end; one who has
	// only connected is told to try again.
	m.program.parallel.finish()
}
