package workers

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/trace"
	"tpops/pkg/workers/board"
	"tpops/pkg/workers/process"
)

// addBoard gives a model a child that ends at once, and returns the child's side of its board.
func addBoard(t *testing.T, m *parent) (*process.Child, *board.Board) {
	t.Helper()
	ours, file, err := board.New()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := board.Attach(file)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := process.Seal([]byte("no task"))
	if err != nil {
		t.Fatal(err)
	}
	defer payload.Close()
	pool := process.NewPool()
	child, err := pool.Start(&process.Spec{Title: "child of a test", Payload: payload})
	if err != nil {
		t.Fatal(err)
	}
	for e := range pool.Events() {
		if e.Exit != nil {
			break
		}
	}
	m.boards[child] = ours
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	return child, theirs
}

// TestTakeOverAsked checks that a child learns which session has a Maildir, that it cannot
// have the parent look for sessions all the time, and that it does not take an answer to an
// earlier login for the present one.
func TestTakeOverAsked(t *testing.T) {
	m := newModelWith(t, load(t, "--parallel-type=prefork"), slog.New(slog.DiscardHandler), func(*Parent) {}).(*parent)
	asks, own := addBoard(t, m)
	_, other := addBoard(t, m)
	const interval = 100 * time.Millisecond // of board.MayAsk
	now := time.Now()
	ask := func(after time.Duration) (id string, marked bool) {
		now = now.Add(after)
		m.takeOver(asks, "/m", now)
		holder, _ := own.Holder()
		return holder.ID, other.IsWanted(holder.ID)
	}
	other.Show(&pop3.SessionInfo{ID: "first", Maildrop: "/m"})
	if id, marked := ask(0); id != "first" || !marked {
		t.Errorf("%q, %v", id, marked)
	}
	other.Show(&pop3.SessionInfo{ID: "second", Maildrop: "/m"})
	for range 1000 {
		if id, _ := ask(interval / 10_000); id != "first" || other.IsWanted("second") {
			t.Fatalf("%q: an answer to a child that asks all the time", id)
		}
	}
	if id, marked := ask(interval); id != "second" || !marked {
		t.Errorf("%q, %v", id, marked)
	}
	other.Show(&pop3.SessionInfo{ID: "third", Maildrop: "/n"})
	if id, _ := ask(interval); id != "" || other.IsWanted("third") {
		t.Errorf("%q has another Maildir", id)
	}
	m.takeOver(new(process.Child), "/n", now) // a child that has ended
	if other.Kicked("first") || other.Kicked("second") {
		t.Error("a takeover is a kick")
	}
	long := "/" + strings.Repeat("long/", 200)
	other.Show(&pop3.SessionInfo{ID: "fourth", User: "ann", Maildrop: long + "a"})
	m.takeOver(asks, long+"b", now.Add(interval))
	if holder, found := own.Holder(); found || other.IsWanted("fourth") {
		t.Errorf("%+v has another Maildir", holder)
	}
	m.takeOver(asks, long+"a", now.Add(2*interval))
	if holder, _ := own.Holder(); holder.ID != "fourth" || holder.User != "" || !holder.Has(long+"a") || !other.IsWanted("fourth") {
		t.Errorf("%+v", holder)
	}
}

// TestTraceBegins checks that a trace has no line that a child has written for an earlier
// one, which nobody has read.
func TestTraceBegins(t *testing.T) {
	m := newModelWith(t, load(t, "--parallel-type=prefork"), slog.New(slog.DiscardHandler), func(*Parent) {}).(*parent)
	_, own := addBoard(t, m)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case f := <-m.requests:
				f()
			case <-m.stopped:
				return
			}
		}
	}()
	own.Line(&pop3.DialogueLine{User: "ann", Text: "earlier"})
	followed := m.Trace(trace.Filter{User: "ann"})
	own.Line(&pop3.DialogueLine{User: "ann", Text: "now"})
	if line := <-followed.Lines(); line.Text != "now" || !own.Wants() {
		t.Errorf("%+v", line)
	}
	followed.Close()
	m.stop()
	<-done // No board is read any more.
}
