package eventlog

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// tornStream is a standard error that counts writes, and takes no more than room octets.
type tornStream struct {
	bytes.Buffer
	writes, longest, room int
	limited               bool
}

func (s *tornStream) Write(p []byte) (int, error) {
	s.writes++
	s.longest = max(s.longest, len(p))
	if !s.limited || len(p) <= s.room {
		s.room -= len(p)
		return s.Buffer.Write(p)
	}
	n := s.room
	s.room = 0
	s.Buffer.Write(p[:n])
	return n, errors.New("full")
}

// Events that come together are written together, in order, in pieces that a pipe takes
// whole. The first after a pause is written at once.
func TestTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &tornStream{}
		l := openLog(t, Config{Stderr: s})
		l.Logger().Info("login")
		synctest.Wait()
		if s.writes != 1 {
			t.Errorf("the first event took %d writes", s.writes)
		}
		for i := range 1000 {
			l.Logger().Info("message retrieved", "session", "s1", "sent", i)
		}
		time.Sleep(gatherTime)
		synctest.Wait()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if octets := s.Len(); s.writes > 2+octets/(mostTogether-200) || s.longest > mostTogether {
			t.Errorf("%d octets took %d writes, the longest of %d octets", octets, s.writes, s.longest)
		}
		texts := strings.Split(strings.TrimSuffix(s.String(), "\n"), "\n")
		for i, line := range texts[1:1001] {
			if !strings.HasSuffix(line, fmt.Sprintf(" message retrieved session=s1 sent=%d", i)) {
				t.Fatalf("line %d: %s", i, line)
			}
		}
	})
}

// Wherever a write of several lines breaks off, each record is written once or counted as
// lost, also for the end of its session.
func TestTogetherBreaksOff(t *testing.T) {
	for room := 0; room < 500; room += 7 {
		synctest.Test(t, func(t *testing.T) {
			s := &tornStream{limited: true, room: room}
			l := openLog(t, Config{Stderr: s})
			for i := range 5 {
				l.Logger().Info("message retrieved", "session", "s1", "sent", i)
			}
			synctest.Wait()
			time.Sleep(2 * failTime)
			synctest.Wait()
			s.limited = false
			l.Logger().Info("session end", "session", "s1")
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			checkTorn(t, s.String())
		})
	}
}

// checkTorn checks that of 5 messages each has one whole line or was counted, and that no line
// continues a part of another.
func checkTorn(t *testing.T, text string) {
	t.Helper()
	whole, lost, unlogged := map[string]int{}, 0, 0
	for line := range strings.Lines(text) {
		if strings.Count(line, "2000-01-01T") > 1 {
			t.Errorf("a line continues another: %s", line)
		}
		var n int
		switch sent := between(strings.TrimSpace(line)+" ", " sent=", " "); {
		case strings.Contains(line, " message retrieved session=s1 sent=") && sent != "":
			whole[sent]++
		case strings.Contains(line, "log records lost"):
			_, _ = fmt.Sscanf(between(strings.TrimSpace(line)+" ", " records=", " "), "%d", &n)
			lost += n
		case strings.Contains(line, "session end"):
			_, _ = fmt.Sscanf(between(strings.TrimSpace(line)+" ", " unlogged=", " "), "%d", &unlogged)
		}
	}
	for sent, n := range whole {
		if n != 1 {
			t.Errorf("%s was written %d times:\n%s", sent, n, text)
		}
	}
	if len(whole)+lost != 5 || lost != unlogged {
		t.Errorf("%d written, %d lost, %d unlogged:\n%s", len(whole), lost, unlogged, text)
	}
}
