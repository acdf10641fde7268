package eventlog

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// manyMessages is how many messages one session deletes in the tests: several times the
// capacity of the queue.
const manyMessages = 70000

// deleteAll logs the events of a session that deletes messages and ends.
func deleteAll(ctx context.Context, l *slog.Logger, session string) {
	for range manyMessages {
		l.InfoContext(ctx, "message deleted", "session", session, "remote", "192.0.2.17", "user", "mrose@example.com",
			"uidl", "1161234567.M20046P2519V0000000000000801I0023E1A2.mail", "octets", 4711)
	}
	l.Info("session end", "session", session, "reason", "quit")
}

// countLines returns how many lines begin with the word.
func countLines(lines []string, word string) (n int) {
	for _, line := range lines {
		if strings.HasPrefix(line, word+" ") {
			n++
		}
	}
	return n
}

// pace is a sink that takes some time for each record.
type pace struct {
	trap
	each time.Duration
}

func (s *pace) write(e *event) error {
	time.Sleep(s.each)
	return s.trap.write(e)
}

// A session that deletes more messages than the queue has room for waits for a
// slow log, and no record is lost. Other sessions do not wait.
func TestSlowLogLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &pace{each: 100 * time.Microsecond}
		l := logTo(s)
		var all sync.WaitGroup
		all.Go(func() { deleteAll(t.Context(), l.Logger(), "large") })
		for n := range 50 {
			time.Sleep(100 * time.Millisecond)
			start := time.Now()
			for _, event := range []string{"login", "login failed", "session rejected", "session end"} {
				l.Logger().Info(event, "session", fmt.Sprint("other", n))
			}
			if waited := time.Since(start); waited != 0 {
				t.Fatalf("another session waited %v", waited)
			}
		}
		all.Wait()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(countLines(s.lines, "message deleted"), countLines(s.lines, "login"), countLines(s.lines, "session rejected"),
			countLines(s.lines, "session end"), countLines(s.lines, "log records lost"))
		if want := fmt.Sprint(manyMessages, 100, 50, 51, 0); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// After one wait for a log that hangs, important records are kept. For the other ones,
// the number of lost records of each session is logged.
func TestHungLogKeepsWhatMatters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &trap{stall: make(chan struct{})}
		l := logTo(s)
		start := time.Now()
		for _, session := range []string{"first", "second"} {
			deleteAll(t.Context(), l.Logger(), session)
		}
		if waited := time.Since(start); waited != stallTime {
			t.Errorf("waited %v, want %v", waited, stallTime)
		}
		const others = 1000
		for n := range others {
			for _, event := range []string{"login", "login failed", "session rejected", "session end"} {
				l.Logger().Info(event, "session", fmt.Sprint("other", n))
			}
			l.Logger().Warn("session error", "session", fmt.Sprint("other", n))
		}
		close(s.stall)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		for event, want := range map[string]int{"login": 2 * others, "session rejected": others, "session end": others + 2, "session error": others} {
			if got := countLines(s.lines, event); got != want {
				t.Errorf("%s: %d, want %d", event, got, want)
			}
		}
		checkLosses(t, s.lines, "first", "second")
	})
}

// checkLosses checks that each deleted message of each session is logged or counted as
// lost, and that no other record is lost.
func checkLosses(t *testing.T, lines []string, sessions ...string) {
	t.Helper()
	for _, session := range sessions {
		written, dropped := countLines(lines, "message deleted session="+session), sumDropped(lines, session)
		if written+dropped != manyMessages {
			t.Errorf("%s: %d written, %d dropped", session, written, dropped)
		}
	}
	for _, line := range lines {
		if strings.HasPrefix(line, "log records lost ") && !slices.Contains(sessions, between(line, "session=", " ")) {
			t.Errorf("lost also: %s", line)
		}
	}
}

// sumDropped returns the number of lost records that was logged for a session.
func sumDropped(lines []string, session string) (sum int) {
	for _, line := range lines {
		var n int
		_, _ = fmt.Sscanf(line, "log records lost session="+session+" records=%d", &n) // Other lines do not match.
		sum += n
	}
	return sum
}

// between returns the part of a line after begin and before end.
func between(line, begin, end string) string {
	_, line, _ = strings.Cut(line, begin)
	line, _, _ = strings.Cut(line, end)
	return line
}

// The wait for room ends with the context, even if the log is slow.
func TestWaitForRoomEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &pace{each: time.Second}
		l := logTo(s)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		start := time.Now()
		deleteAll(ctx, l.Logger(), "large")
		if waited := time.Since(start); waited != 20*time.Second {
			t.Errorf("waited %v", waited)
		}
		_ = l.Close() // Not all can be written, see TestCloseOfSlowLog.
		<-l.writer.done
	})
}

// After a log that hung makes progress again, records wait for it again.
func TestWaitAfterStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &trap{stall: make(chan struct{})}
		l := logTo(s)
		deleteAll(t.Context(), l.Logger(), "first")
		close(s.stall)
		time.Sleep(2 * gatherTime)
		synctest.Wait()
		deleteAll(t.Context(), l.Logger(), "later")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if n := countLines(s.lines, "message deleted session=later"); n != manyMessages {
			t.Errorf("%d of %d", n, manyMessages)
		}
	})
}

// Records of messages are dropped for more important ones, and counted.
func TestBulkIsDroppedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &trap{stall: make(chan struct{})}
		l := logTo(s)
		l.Logger().Info("login", "session", "held")
		synctest.Wait()
		deleteAll(t.Context(), l.Logger(), "large")
		const total = 100000
		for range total {
			l.Logger().Info("login failed", "session", "stranger")
		}
		l.Logger().Error("session error", "session", "x")
		close(s.stall)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		all := strings.Join(s.lines, "\n")
		for _, want := range []string{"session end session=large", "session error session=x"} {
			if !strings.Contains(all, want) {
				t.Errorf("missing: %s", want)
			}
		}
		if n := sumDropped(s.lines, "large"); n != manyMessages {
			t.Errorf("%d of %d records dropped", n, manyMessages)
		}
		if n := countLines(s.lines, "login failed") * entrySize; n < queueSize/2 {
			t.Errorf("logins that failed used only %d octets of %d", n, queueSize)
		}
	})
}

// Failed deletions of messages are warnings, but leave room for important records.
func TestManyNotDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &trap{stall: make(chan struct{})}
		l := logTo(s)
		for range manyMessages {
			l.Logger().WarnContext(t.Context(), "message deletion failed", "session", "large")
		}
		l.Logger().Info("session end", "session", "large")
		l.Logger().Info("login", "session", "other")
		close(s.stall)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if countLines(s.lines, "session end") != 1 || countLines(s.lines, "login") != 1 {
			t.Error("end or login lost")
		}
	})
}

// When a slow log is closed, important records are written, and the others are dropped
// if necessary.
func TestCloseOfSlowLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &pace{each: 20 * time.Millisecond}
		l := logTo(s)
		for range 5000 {
			l.Logger().InfoContext(t.Context(), "message deleted", "session", "large")
		}
		l.Logger().Info("session end", "session", "large")
		start := time.Now()
		if err := l.Close(); err == nil {
			t.Error("no error")
		}
		if took := time.Since(start); took > slowTime+lastTime {
			t.Errorf("took %v", took)
		}
		<-l.writer.done
		written, dropped := countLines(s.lines, "message deleted"), sumDropped(s.lines, "large")
		if countLines(s.lines, "session end") != 1 || written+dropped != 5000 {
			t.Errorf("%d written, %d dropped, end lost", written, dropped)
		}
	})
}

// The list of sessions with lost records has a maximum size, and the sum is right.
func TestLossesBound(t *testing.T) {
	var l losses
	for n := range 10000 {
		l.add(fmt.Sprint("s", n), 2)
	}
	sum, last := 0, "x"
	for session, n := range l.each() {
		sum, last = sum+n, session
	}
	if sum != 20000 || len(l) > maxLosers+1 || last != "" {
		t.Errorf("sum %d of %d sessions, the last %q", sum, len(l), last)
	}
}
