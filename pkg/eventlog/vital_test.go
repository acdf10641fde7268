package eventlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The sessions of the tests: their records are more than the queue has room for.
const (
	busySessions = 2000
	busyMessages = 5
)

// serveSessions logs the events of busySessions sessions at once.
func serveSessions(l *slog.Logger) {
	var all sync.WaitGroup
	for n := range busySessions {
		all.Go(func() { serveSession(l, fmt.Sprint("s", n)) })
	}
	all.Wait()
}

// serveSession logs the events of a session.
func serveSession(l *slog.Logger, id string) {
	session := []any{"session", id, "remote", "192.0.2.17", "user", strings.Repeat("mrose", 120)}
	l.Info("login failed", append(session, "method", "USER", "error", "wrong password: [AUTH] authentication failed")...)
	l.Info("login", append(session, "method", "USER", "messages", busyMessages, "octets", 10240)...)
	noWait, cancel := context.WithCancel(context.Background())
	cancel()
	for range busyMessages {
		l.InfoContext(noWait, "message retrieved", append(session, "uidl", "1161234567.M20046P2519V0000000000000801I0023E1A2.mail", "octets", 512)...)
	}
	l.Info("session end", append(session, "reason", "quit", "duration", time.Second, "retrieved", busyMessages)...)
}

// checkSessions checks that the logins and the end of each session are in the log, and
// that the end has the number of records that are not.
func checkSessions(t *testing.T, lines []string) {
	t.Helper()
	found := map[string]int{}
	messages := map[string]int{}
	for _, line := range lines {
		event, _, _ := strings.Cut(line, " session=")
		session := between(line, " session=", " ")
		switch event {
		case "message retrieved":
			messages[session]++
		case "session end":
			var unlogged int
			if _, err := fmt.Sscanf(between(line, " unlogged=", " "), "%d", &unlogged); err != nil {
				unlogged = 0
			}
			if messages[session]+unlogged != busyMessages {
				t.Fatalf("%d messages, %s", messages[session], line)
			}
		}
		found[event]++
	}
	for _, event := range []string{"login", "login failed", "session end"} {
		if got := found[event]; got != busySessions {
			t.Errorf("%s: %d of %d", event, got, busySessions)
		}
	}
	if found["message retrieved"] == busySessions*busyMessages || countLines(lines, "log slow") == 0 {
		t.Errorf("the queue was not full: %v", found)
	}
}

// While a log makes no progress for a time, logins and ends of sessions wait for it, in
// bounded memory, and none is lost.
func TestVitalRecordsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &trap{stall: make(chan struct{})}
		l := logTo(s)
		go func() {
			time.Sleep(vitalStallTime - time.Second)
			l.writer.mu.Lock()
			if size := l.writer.waiting.bulk.size() + l.writer.waiting.other.size(); size > queueSize || size < queueSize/2 {
				t.Errorf("the queue has %d octets", size)
			}
			l.writer.mu.Unlock()
			close(s.stall)
		}()
		serveSessions(l.Logger())
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		checkSessions(t, s.lines)
	})
}

// Of many sessions that wait for a log that hangs, each waits for vitalStallTime at most,
// and later ones do not wait.
func TestVitalRecordsGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &trap{stall: make(chan struct{})}
		l := logTo(s)
		var all sync.WaitGroup
		for n := range 3 * busySessions {
			all.Go(func() {
				start := time.Now()
				l.Logger().Info("login", "session", fmt.Sprint("s", n), "user", strings.Repeat("x", 800))
				if waited := time.Since(start); waited > vitalStallTime {
					t.Errorf("waited %v", waited)
				}
			})
			if n%500 == 0 {
				time.Sleep(500 * time.Millisecond)
			}
		}
		all.Wait()
		start := time.Now()
		l.Logger().Info("login", "session", "later")
		if waited := time.Since(start); waited != 0 {
			t.Errorf("waited %v again", waited)
		}
		close(s.stall)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		lost := 0
		for _, line := range s.lines {
			var n int
			if strings.HasPrefix(line, "log records lost ") {
				_, _ = fmt.Sscan(between(line, " records=", " "), &n) // It is a number.
			}
			lost += n
		}
		if logins := countLines(s.lines, "login"); lost == 0 || logins+lost != 3*busySessions+1 {
			t.Errorf("%d written, %d lost", logins, lost)
		}
	})
}

// A record waits for a log that is too slow for vitalMostTime at most.
func TestVitalRecordWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &pace{each: 10 * time.Second}
		l := logTo(s)
		long := strings.Repeat("x", 1000)
		start := time.Now()
		for range 20000 {
			l.Logger().Info("login", "session", "s1", "user", long, "identity", long)
			if waited := time.Since(start); waited > vitalMostTime {
				t.Fatalf("waited %v", waited)
			} else if waited > 0 {
				break
			}
		}
		_ = l.Close() // Not all can be written.
		<-l.writer.done
	})
}

// The end of a session has the number of its lost records in each log that has lost them.
func TestEndWithSummary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good, bad := &trap{}, &trap{err: errors.New("no")}
		l := logTo(bad, good)
		l.Logger().Info("login", "session", "a")
		l.Logger().Info("message retrieved", "session", "a")
		l.Logger().Info("login", "session", "b")
		time.Sleep(2 * gatherTime) // The last two may be written together.
		synctest.Wait()
		bad.set(nil)
		for _, session := range []string{"a", "b", "c"} {
			l.Logger().Info("session end", "session", session, "reason", "quit")
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		const ends = "session end session=a reason=quit%s|session end session=b reason=quit%s|session end session=c reason=quit"
		for sink, want := range map[*trap]string{bad: fmt.Sprintf(ends, " unlogged=2", " unlogged=1"), good: fmt.Sprintf(ends, "", "")} {
			if got := strings.Join(sink.lines, "|"); !strings.HasSuffix(got, want) {
				t.Errorf("%s", got)
			}
		}
		if len(l.writer.outlets[0].unlogged) > 0 {
			t.Error("kept after the end")
		}
	})
}

// A log that has worked may fail for failTime, such as during a restart of journald, and no
// record is lost. After that records are lost at once.
func TestLogAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &trap{}
		l := logTo(s)
		l.Logger().Info("login", "session", "first")
		synctest.Wait()
		s.set(errors.New("connection refused"))
		l.Logger().Info("login", "session", "second")
		time.Sleep(failTime - time.Second)
		s.set(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		if countLines(s.lines, "login") != 2 {
			t.Errorf("%q", s.lines)
		}
		s.set(errors.New("connection refused"))
		for range 100 {
			l.Logger().Info("login", "session", "third")
		}
		time.Sleep(failTime + time.Second)
		s.set(nil)
		l.Logger().Info("login", "session", "last")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if countLines(s.lines, "login") != 3 || sumDropped(s.lines, "third") != 100 {
			t.Errorf("%q", s.lines)
		}
	})
}

// Close waits longer for vital records than for others: a process for one connection ends
// with its session.
func TestCloseWaitsForVital(t *testing.T) {
	for event, want := range map[string]time.Duration{"session end": slowTime + lastTime, "session error": flushTime} {
		synctest.Test(t, func(t *testing.T) {
			s := &trap{stall: make(chan struct{})}
			l := logTo(s)
			l.Logger().Info(event, "session", "s1")
			start := time.Now()
			if err := l.Close(); err == nil || time.Since(start) != want {
				t.Errorf("%s: %v after %v, want %v", event, err, time.Since(start), want)
			}
			close(s.stall)
			<-l.writer.done
		})
		synctest.Test(t, func(t *testing.T) {
			s := &trap{stall: make(chan struct{})}
			l := logTo(s)
			l.Logger().Info(event, "session", "s1")
			time.AfterFunc(want-time.Second, func() { close(s.stall) })
			if err := l.Close(); (err != nil) != (want > slowTime) || countLines(s.lines, event) != 1 {
				t.Errorf("%s: %v, %q", event, err, s.lines)
			}
		})
	}
}
