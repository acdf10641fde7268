package pop3_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// fullLog is a log without room: records of one event wait until their context ends.
type fullLog struct {
	slog.Handler
	event pop3.Event
}

// Handle implements slog.Handler.
func (l fullLog) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == string(l.event) {
		<-ctx.Done()
	}
	return nil
}

// Sessions that wait for a log do not keep the server from ending in time: otherwise systemd
// would kill it before it hands over the other sessions.
func TestSuspendWithFullLog(t *testing.T) {
	for _, event := range []pop3.Event{pop3.EventLogin, pop3.EventEnd} {
		synctest.Test(t, func(t *testing.T) {
			tr := newTranscript(t)
			s := pop3.NewServer(tr.backend, 5, slog.New(fullLog{slog.NewTextHandler(t.Output(), nil), event}), nil)
			l := newPipeListener()
			done := make(chan error)
			go func() { done <- s.Serve(l, pop3.Port{}) }()
			idle := dial(t, l)
			idle.want(idle.line(), "+OK TPOPS ready.")
			c := dial(t, l)
			c.want(c.line(), "+OK TPOPS ready.")
			c.want(c.ask("USER mrose"), "+OK password required")
			go func() { _, _ = c.Write([]byte("PASS tanstaaf\r\nQUIT\r\n")) }() // The server may close the connection first.
			go func() { _, _ = io.Copy(io.Discard, c) }()
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			start := time.Now()
			if sessions := s.Suspend(ctx); len(sessions) != 1 || time.Since(start) != 10*time.Second {
				t.Errorf("%s: %d sessions at rest after %v", event, len(sessions), time.Since(start))
			} else if err := sessions[0].Conn.Close(); err != nil {
				t.Error(err)
			}
			<-done
		})
	}
}

// Close also ends the wait of sessions that are not handed over.
func TestAbandonWithFullLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTranscript(t)
		s := pop3.NewServer(tr.backend, 5, slog.New(fullLog{slog.NewTextHandler(t.Output(), nil), pop3.EventEnd}), nil)
		l := newPipeListener()
		done := make(chan error)
		go func() { done <- s.Serve(l, pop3.Port{}) }()
		c := dial(t, l)
		c.want(c.line(), "+OK TPOPS ready.")
		go func() { _, _ = io.Copy(io.Discard, c) }()
		sessions := s.Suspend(t.Context())
		<-done
		start := time.Now()
		time.AfterFunc(time.Minute, s.Close)
		s.Abandon(sessions...)
		if waited := time.Since(start); waited != time.Minute {
			t.Errorf("%d sessions waited %v", len(sessions), waited)
		}
	})
}
