package eventlog

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// trap is a sink that can stall or fail.
type trap struct {
	stall  chan struct{} // if set, a write waits until it is closed
	mu     sync.Mutex
	err    error
	lines  []string
	closed bool
}

func (s *trap) write(e *event) error {
	if s.stall != nil {
		<-s.stall
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.lines = append(s.lines, string(e.line))
	}
	return s.err
}

// Close records that it was called.
func (s *trap) Close() error {
	s.closed = true
	return nil
}

func (s *trap) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// logTo returns a log with only these sinks.
func logTo(sinks ...sink) *Log {
	var outlets []*outlet
	for i, s := range sinks {
		outlets = append(outlets, &outlet{name: fmt.Sprint(i), sink: s})
	}
	l := &Log{writer: startWriter(outlets)}
	l.scratch.New = func() any { return new(scratch) }
	l.settings.Store(&settings{level: slog.LevelDebug, journal: true})
	return l
}

// A log that stalls blocks logins once, for vitalStallTime. Records without room are
// counted, and the number is logged when there is room.
func TestStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &trap{stall: make(chan struct{})}
		l := logTo(s)
		logger := l.Logger()
		logger.Info("login")
		synctest.Wait() // The goroutine is blocked with this record.
		start := time.Now()
		const total = 100000
		for n := range total {
			logger.Info("login", "user", "mrose", "messages", n)
		}
		if waited := time.Since(start); waited != vitalStallTime {
			t.Errorf("waited %v", waited)
		}
		close(s.stall)
		synctest.Wait()
		logger.Info("login", "user", "later")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		report := s.lines[len(s.lines)-2]
		var dropped int
		if _, err := fmt.Sscanf(report, "log records lost records=%d", &dropped); err != nil {
			t.Fatalf("%q: %v", report, err)
		}
		if written := len(s.lines) - 3; written+dropped != total || dropped == 0 || written < 1000 {
			t.Errorf("%d written, %d dropped, of %d", written, dropped, total)
		}
		for n, line := range s.lines[1 : len(s.lines)-2] {
			if want := fmt.Sprintf("login user=mrose messages=%d", n); line != want {
				t.Fatalf("%q, want %q", line, want)
			}
		}
		if last := s.lines[len(s.lines)-1]; last != "login user=later" || !s.closed {
			t.Errorf("ends with %q, closed %t", last, s.closed)
		}
	})
}

// Bulk records leave room for important ones.
func TestRoomForTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &trap{stall: make(chan struct{})}
		l := logTo(s)
		logger := l.Logger()
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo} {
			for range 100000 {
				logger.Log(t.Context(), level, "debug")
			}
		}
		logger.Error("session error")
		close(s.stall)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		all := strings.Join(s.lines, "\n")
		if !strings.Contains(all, "\nsession error\nlog records lost records=") {
			t.Error("session error was lost")
		}
	})
}

// The queue has a maximum size in octets, for any records.
func TestQueueBound(t *testing.T) {
	q := newQueue()
	for range 1000 {
		q.put(t.Context(), entry{level: slog.LevelError}, make([]byte, 10000), make([]byte, 10000))
	}
	for range 200000 {
		q.put(t.Context(), entry{level: slog.LevelError}, nil, nil)
	}
	b, _, _ := q.take(batch{})
	if size := b.bulk.size() + b.other.size(); size > queueSize || b.lost[""]+len(b.other.entries) != 201000 {
		t.Errorf("%d octets, %d entries, %d dropped", size, len(b.other.entries), b.lost[""])
	}
	if b := b.reset(); cap(b.other.text) != 0 {
		t.Errorf("%d octets kept for later", cap(b.other.text))
	}
}

// A sink that failed gets the number of lost records as soon as it works again, even
// without further events. Other sinks are not affected.
func TestFailingSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good, bad := &trap{}, &trap{err: errors.New("no")}
		l := logTo(bad, good)
		for range 3 {
			l.Logger().Info("login")
			time.Sleep(2 * gatherTime)
			synctest.Wait()
		}
		bad.set(nil)
		time.Sleep(2 * lossReportFirst)
		synctest.Wait()
		if got := fmt.Sprint(bad.lines); got != "[log records lost records=3]" {
			t.Errorf("bad: %s", got)
		}
		l.Logger().Info("session end")
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if got := fmt.Sprint(bad.lines); got != "[log records lost records=3 session end]" {
			t.Errorf("bad: %s", got)
		}
		if got := fmt.Sprint(good.lines); got != "[login login login session end]" {
			t.Errorf("good: %s", got)
		}
	})
}

// If a sink is replaced before it has reported its lost records, the new one reports
// them.
func TestReopenWithUnreportedLosses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old, next, other := &trap{err: errors.New("no")}, &trap{}, &trap{}
		l := logTo(old)
		l.Logger().Info("login")
		synctest.Wait()
		l.writer.replace([]*outlet{{name: "0", sink: next}, {name: "1", sink: other}})
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if !old.closed || !next.closed || fmt.Sprint(next.lines, other.lines) != "[log records lost records=1] []" {
			t.Errorf("closed %t %t, report %q %q", old.closed, next.closed, next.lines, other.lines)
		}
	})
}

// slow is a sink whose writes time out.
type slow struct {
	trap
	writes int
	after  int // number of writes that time out before one succeeds
}

func (s *slow) write(e *event) error {
	time.Sleep(time.Second)
	if s.writes++; s.writes <= s.after {
		return fmt.Errorf("journal: %w", os.ErrDeadlineExceeded)
	}
	return s.trap.write(e)
}

// A stall for which the queue has room loses nothing.
func TestShortStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{after: 30}
		l := logTo(s)
		for range 3 {
			l.Logger().Info("login")
		}
		time.Sleep(time.Minute)
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if got := fmt.Sprint(s.lines); got != "[login login login]" {
			t.Errorf("%s", got)
		}
	})
}

// Close waits for a slow log, but not forever; longer for logins.
func TestCloseGivesUp(t *testing.T) {
	tests := []struct {
		name  string
		event string
		after int
		took  time.Duration
		want  error
	}{
		{"slow", "login", 0, time.Second, nil},
		{"stalled", "listening", 1e9, flushTime, errUnwritten},
		{"stalled with logins", "login", 1e9, slowTime + lastTime, errUnwritten},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := logTo(&slow{after: test.after})
				records := 1
				if test.want != nil {
					records = 1000
				}
				for range records {
					l.Logger().Info(test.event)
				}
				start := time.Now()
				if err := l.Close(); !errors.Is(err, test.want) {
					t.Errorf("error %v, want %v", err, test.want)
				}
				if took := time.Since(start); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
				<-l.writer.done // It ends soon, not after 1,000 s.
				if took := time.Since(start); took > test.took+time.Second {
					t.Errorf("the goroutine ended after %v", took)
				}
			})
		})
	}
}

// Several goroutines log while the logs are reopened.
func TestConcurrent(t *testing.T) {
	l := logTo(&trap{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			logger := l.Logger().With("session", "s")
			for n := range 500 {
				logger.Info("login", "messages", n, "error", errors.New("x"))
			}
		})
	}
	for range 50 {
		if err := l.Reopen(Config{}); err != nil {
			t.Error(err)
		}
	}
	all.Wait()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
