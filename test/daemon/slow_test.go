//go:build integration

package daemon_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// large is a mailbox with one message of the given size.
func large(t *testing.T, octets int) fixture.Mailbox {
	t.Helper()
	line := strings.Repeat("x", 62) + "\n"
	return fixture.NewMailbox(t, []corpus.Message{{
		Name: "new/1700000000.M1P1.host",
		Data: []byte("Subject: large\n\n" + strings.Repeat(line, octets/len(line))),
	}})
}

// logInSlowly logs in on a connection whose receive buffer is bounded, so that
// what the test does not read stays with the server.
func logInSlowly(t *testing.T, d *daemon.Daemon, buffer int) fixture.Session {
	t.Helper()
	dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		control := raw.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, buffer)
		})
		return errors.Join(control, err)
	}}
	conn, err := dialer.Dial("tcp", d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s := fixture.Session{Client: daemon.NewClient(conn), T: t}
	if greeting, err := s.Line(); err != nil || !strings.HasPrefix(greeting, "+OK") {
		t.Fatalf("greeting %q, %v", greeting, err)
	}
	s.OK("USER " + fixture.User)
	s.OK("PASS " + fixture.Password)
	return s
}

// TestSlowReader retrieves a message so slowly that most of it waits in the
// server's kernel for longer than command-timeout. The client is at work all
// the time, and its next commands are answered.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		octets  int // of the message
		buffer  int // of the client
		piece   int // that it reads at once
		between time.Duration
		slowly  int // octets, before it reads the rest without a pause
	}{
		{"steady", 3 << 19, 64 << 10, 60 << 10, 250 * time.Millisecond, 3 << 19},
		// Its window opens only when most of its buffer has been read, which
		// takes longer than command-timeout.
		{"with a small window", 10 << 10, 4 << 10, 200, 150 * time.Millisecond, 7 << 10},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			box := large(t, test.octets)
			d := box.Start(t, "--command-timeout=3")
			s := logInSlowly(t, d, test.buffer)
			if err := s.Send("RETR 1"); err != nil {
				t.Fatal(err)
			}
			var got []byte
			for piece := make([]byte, test.piece); !bytes.HasSuffix(got, []byte("\r\n.\r\n")); {
				if len(got) < test.slowly {
					time.Sleep(test.between)
				}
				n, err := s.Conn.Read(piece)
				if err != nil {
					t.Fatalf("after %d octets: %v\n%s", len(got), err, d.Log())
				}
				got = append(got, piece[:n]...)
			}
			s.OK("DELE 1")
			s.OK("QUIT")
			if left := box.Files(t); len(left) != 0 {
				t.Errorf("%d messages are left, want 0", len(left))
			}
		})
	}
}

// TestCutOff ends sessions whose client does not take what was sent: nothing
// more reaches the client, and nothing is left in the kernel. A message that
// was not even written does not count as retrieved.
func TestCutOff(t *testing.T) {
	t.Parallel()
	const timeout, keep = `reason="command timeout"`, `reason="connection time exceeded"`
	tests := []struct {
		name      string
		octets    int // of the message
		parameter string
		logged    []string
	}{
		{"idle in a write", 8 << 20, "--command-timeout=1", []string{timeout, "retrieved=0"}},
		{"idle after it", 100 << 10, "--command-timeout=1", []string{timeout, "retrieved=1"}},
		{"expired in a write", 8 << 20, "--connection-keep-time=2", []string{keep, "retrieved=0"}},
		{"expired after it", 100 << 10, "--connection-keep-time=2", []string{keep, "retrieved=1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := large(t, test.octets).Start(t, test.parameter)
			s := logInSlowly(t, d, 4<<10)
			if err := s.Send("RETR 1"); err != nil {
				t.Fatal(err)
			}
			fixture.Eventually(t, "the session ends", func() bool { return strings.Contains(d.Log(), " end ") })
			if rest, err := io.ReadAll(s.Conn); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the client still got %d octets, %v", len(rest), err)
			}
			for _, want := range test.logged {
				if !strings.Contains(d.Log(), want) {
					t.Errorf("not logged: %s\n%s", want, d.Log())
				}
			}
		})
	}
}
