package workers

import (
	"errors"
	"log/slog"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/workers/process"
)

// takeOver has the child that serves a session with a Maildir end it if its client is gone,
// and shows the session to the child that wants the Maildir. What it has shown for an
// earlier login is hidden. Without such a child it asks earlier processes.
func (m *parent) takeOver(asks *process.Child, maildrop string, now time.Time) {
	own, silent := m.boards[asks], m.Config.Mailbox.LockTakeover
	if own == nil || !own.MayAsk(now) {
		return
	}
	own.HideHolder()
	if holder := m.orderTakeOver(asks, maildrop, silent); holder != nil {
		own.ShowHolder(holder)
		return
	}
	if m.Elders == nil {
		return
	}
	go func() {
		holder := m.Elders.TakeOver(maildrop, silent)
		if holder == nil {
			return
		}
		m.do(func() {
			if own := m.boards[asks]; own != nil {
				own.ShowHolder(shownTo(holder))
			}
		})
	}()
}

// orderTakeOver orders the child that serves a session with a Maildir, if it is not the one
// that asks, to end the session if its client is gone. It returns what a login may know of
// the session, nil without one.
func (m *parent) orderTakeOver(asks *process.Child, maildrop string, silent time.Duration) (holder *pop3.SessionInfo) {
	for child, shown := range m.boards {
		info, ok := shown.Read()
		if child == asks || !ok || !info.Has(maildrop) {
			continue
		}
		shown.TakeOver(info.ID)
		child.Order(process.TakeOver, silent)
		holder = shownTo(&info)
	}
	return holder
}

// TakeOver implements Model.
func (m *parent) TakeOver(maildrop string, silent time.Duration) (holder *pop3.SessionInfo) {
	m.do(func() { holder = m.orderTakeOver(nil, maildrop, silent) })
	return holder
}

// ReopenLogs implements Model.
func (m *parent) ReopenLogs() {
	m.do(func() {
		if err := errors.Join(m.RestoreLogs(m.Config), m.Environment.ReopenLogs(m.Config)); err != nil {
			m.Log.Error("log write failed", slog.Any("error", err))
		}
		m.pool.Order(process.Renew, 0)
	})
}
