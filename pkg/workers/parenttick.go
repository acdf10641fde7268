package workers

import (
	"log/slog"
	"time"
)

// tick does what is due. It runs each second.
func (m *parent) tick(now time.Time) {
	m.pool.KillStuck(now)
	if m.ending != 0 {
		return
	}
	m.refreshUsers(now)
	m.fillOrEnd(now)
	m.refuse(now)
	m.reportAlive(now)
}

// reportAlive sends a watchdog ping to systemd, three times per interval, while there
// are children or this process can start one.
func (m *parent) reportAlive(now time.Time) {
	interval := m.Notifier.Watchdog()
	canServe := m.accepted != nil || m.pool.Counts().All() > 0
	if interval == 0 || now.Sub(m.lastAlive) < interval/3 || !canServe {
		return
	}
	m.lastAlive = now
	if err := m.Notifier.Alive(); err != nil {
		m.Log.Error("self-test failed", slog.Any("error", err))
	}
}
