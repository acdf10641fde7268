package workers

import (
	"log/slog"
	"time"

	"tpops/pkg/pop3"
)

// askTakeOver is TakeOver for a login of this process. It also asks earlier processes.
func (t *thread) askTakeOver(maildrop string, silent time.Duration) *pop3.SessionInfo {
	if holder := t.TakeOver(maildrop, silent); holder != nil {
		return holder
	}
	return t.Elders.TakeOver(maildrop, silent)
}

// ReopenLogs implements Model.
func (t *thread) ReopenLogs() {
	if err := t.Thread.ReopenLogs(t.Config); err != nil {
		t.Log.Error("log write failed", slog.Any("error", err))
	}
}
