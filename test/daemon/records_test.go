//go:build integration

package daemon_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// manyDeleted is how many messages a session deletes: their records are several
// times what a queue of events has room for.
const manyDeleted = 12_000

// startMany starts a server for many messages.
func startMany(t *testing.T, model string) *daemon.Daemon {
	t.Helper()
	messages := make([]corpus.Message, manyDeleted)
	for n := range messages {
		messages[n] = corpus.Message{Name: fmt.Sprintf("cur/%d.M20046P2519V0000000000000801I0023E1A2.mail:2,S", 1700000000+n), Data: []byte("a\n")}
	}
	return fixture.NewMailbox(t, messages).Start(t, "--parallel-type="+model, "--maildir-lock=no")
}

// deleteAll marks all messages; the answers to many commands at once are read
// while the commands are written.
func deleteAll(s fixture.Session) {
	s.T.Helper()
	go func() {
		for n := range manyDeleted {
			if s.Send(fmt.Sprintf("DELE %d", n+1)) != nil {
				return // The reader finds out.
			}
		}
	}()
	for range manyDeleted {
		if line, err := s.Line(); err != nil || !strings.HasPrefix(line, "+OK") {
			s.T.Fatalf("%q, %v", line, err)
		}
	}
}

// oneSession logs in and out.
func oneSession(t *testing.T, d *daemon.Daemon) {
	t.Helper()
	fixture.LogIn(t, d).OK("QUIT")
}

// lost returns how many records are lost according to the log, of sessions by name.
func lost(log string) (n int, unnamed bool) {
	for _, line := range regexp.MustCompile(`(?m)log records lost (session=\S+ )?records=(\d+)$`).FindAllStringSubmatch(log, -1) {
		var one int
		_, _ = fmt.Sscan(line[2], &one) // It is a number.
		n, unnamed = n+one, unnamed || line[1] == ""
	}
	return n, unnamed
}

// TestRecordsOfManyDeletions deletes many messages while the log is slow: no
// record is lost, neither of the session nor of others.
func TestRecordsOfManyDeletions(t *testing.T) {
	for _, model := range []string{"thread", "prefork", "fork"} {
		t.Run(model, func(t *testing.T) {
			d := startMany(t, model)
			s := fixture.LogIn(t, d)
			deleteAll(s)
			d.SlowLog(10 * time.Millisecond)
			if err := s.Send("QUIT"); err != nil {
				t.Fatal(err)
			}
			const others = 5
			for range others {
				oneSession(t, d)
			}
			if line, err := s.Line(); err != nil || !strings.HasPrefix(line, "+OK") {
				t.Fatalf("QUIT: %q, %v", line, err)
			}
			s.Closed()
			d.SlowLog(0)
			fixture.Eventually(t, "all sessions are recorded", func() bool { return strings.Count(d.Log(), " session end session=") == others+1 })
			log := d.Log()
			if n := strings.Count(log, " message deleted session="); n != manyDeleted {
				t.Errorf("%d records of %d deleted messages", n, manyDeleted)
			}
			if n := strings.Count(log, " login session="); n != others+1 || strings.Contains(log, " log records lost ") {
				t.Errorf("%d logins, or records dropped", n)
			}
		})
	}
}

// TestRecordsOfHungLog does the same while the log takes nothing: mail is served
// all the same, what matters is in the log afterwards, and how much is not.
func TestRecordsOfHungLog(t *testing.T) {
	for _, model := range []string{"thread", "prefork"} {
		t.Run(model, func(t *testing.T) {
			d := startMany(t, model)
			s := fixture.LogIn(t, d)
			deleteAll(s)
			release := d.HoldLog()
			defer func() { release() }()
			s.OK("QUIT")
			s.Closed()
			const others = 5
			for range others {
				oneSession(t, d)
			}
			release()
			release = func() {}
			fixture.Eventually(t, "all sessions are recorded", func() bool { return strings.Count(d.Log(), " session end session=") == others+1 })
			fixture.Eventually(t, "each deleted message is recorded or counted", func() bool {
				n, _ := lost(d.Log())
				return n > 0 && n+strings.Count(d.Log(), " message deleted session=") == manyDeleted
			})
			if _, unnamed := lost(d.Log()); unnamed || strings.Count(d.Log(), " login session=") != others+1 {
				t.Errorf("logins are missing, or losses have no session: %v", unnamed)
			}
		})
	}
}

// TestRecordsOfForkedSessions ends sessions while the log takes nothing: their processes
// wait for it, and no login and no end is lost.
func TestRecordsOfForkedSessions(t *testing.T) {
	messages := make([]corpus.Message, 1000)
	for n := range messages {
		messages[n] = corpus.Message{Name: fmt.Sprintf("cur/%d.M1P1.mail:2,S", 1700000000+n), Data: []byte("a\n")}
	}
	d := fixture.NewMailbox(t, messages).Start(t, "--parallel-type=fork", "--maildir-lock=no")
	release := d.HoldLog()
	defer func() { release() }()
	s := fixture.LogIn(t, d)
	for n := range messages {
		s.OK(fmt.Sprintf("DELE %d", n+1))
	}
	s.OK("QUIT") // The records of the messages fill the pipe.
	s.Closed()
	const others = 5
	for range others {
		oneSession(t, d)
	}
	time.Sleep(3 * time.Second) // The log stays away for longer than other records have at the end of a process.
	release()
	release = func() {}
	fixture.Eventually(t, "all sessions are recorded", func() bool {
		return strings.Count(d.Log(), " session end session=") == others+1 && strings.Count(d.Log(), " login session=") == others+1
	})
}
