package pop3

import (
	"context"
	"log/slog"
)

// breakLimit is in how many sessions a message breaks off before it is logged.
const breakLimit = 3

// brokeOff notes that RETR of a message has not sent all of it, and logs it if that has
// happened often: the client may never get the messages after it.
func (t *transaction) brokeOff(ctx context.Context, m *messageReply, octets int64) {
	breaker, remembers := t.mailbox.(Breaker)
	if m.top || !remembers {
		return
	}
	count, file := breaker.BrokeOff(m.number)
	if count != breakLimit {
		return
	}
	wait := &logWait{Context: ctx}
	defer wait.end()
	t.logMessage(wait, slog.LevelWarn, EventBrokenOff, m.number,
		slog.Int64("sent", octets), slog.Int("count", count), slog.String("file", file))
}
