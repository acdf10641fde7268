package proxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// pipeMailbox returns a mailbox whose backend is the given function, which replies to
// commands.
func pipeMailbox(t *testing.T, answer func(command string) string) *mailbox {
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		in := bufio.NewReader(theirs)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			_, _ = io.WriteString(theirs, answer(strings.TrimSpace(line)))
		}
	}()
	m := &mailbox{conn: newConn(ours, server{"h", "110"}, time.Minute, ""), listing: pop3.NewListing(nil)}
	m.conn.used = time.Now()
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// An active client keeps the backend's session alive. An idle one does not.
func TestAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noops := 0
		m := pipeMailbox(t, func(string) string { noops++; return "+OK\r\n" })
		for range 100 {
			time.Sleep(10 * time.Second)
			if err := m.Alive(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if noops != 33 {
			t.Errorf("%d times NOOP in 1,000 s", noops)
		}
	})
}

func TestNotAlive(t *testing.T) {
	for _, answer := range []string{"-ERR Disconnected for inactivity.\r\n", "* BYE\r\n", ""} {
		synctest.Test(t, func(t *testing.T) {
			m := pipeMailbox(t, func(string) string { return answer })
			time.Sleep(aliveEvery)
			start := time.Now()
			for range 2 {
				if err := m.Alive(t.Context()); !errors.Is(err, pop3.ErrMailboxLost) {
					t.Errorf("%q: %v, want ErrMailboxLost", answer, err)
				}
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("%q: took %v", answer, took)
			}
			err := m.Update(t.Context(), &pop3.Marks{})
			if !errors.Is(err, errUntouched) {
				t.Errorf("%q: update: %v", answer, err)
			}
		})
	}
}

// A session that is cancelled does not wait for its backend.
func TestCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := pipeMailbox(t, func(string) string { return "+OK\r\nSubject: x\r\n" })
		why := errors.New("the reason")
		ctx, cancel := context.WithCancelCause(t.Context())
		r, err := m.Open(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, func() { cancel(why) })
		start := time.Now()
		if _, err := io.ReadAll(r); !errors.Is(err, why) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		_ = r.Close()
		if err := m.Alive(t.Context()); !errors.Is(err, pop3.ErrMailboxLost) {
			t.Errorf("%v, want ErrMailboxLost", err)
		}
	})
}
