//go:build integration

package guard

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// floodWrites connects from an address as often as the server lets it, has many
// replies written and reads none. Errors are those of connections that the
// server has ended.
func floodWrites(t *testing.T, d *daemon.Daemon, from string, connections int) {
	t.Helper()
	small := func(_, _ string, raw syscall.RawConn) error {
		var err error
		control := raw.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 2<<10)
		})
		return errors.Join(control, err)
	}
	dialer := net.Dialer{Control: small, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
	commands := []byte(strings.Repeat("CAPA\r\n", 8000))
	for range connections {
		conn, err := dialer.Dial("tcp", d.Addr)
		if err != nil {
			continue // The queue of the socket is full of its like.
		}
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetWriteDeadline(time.Now().Add(20 * time.Second))
		go func() { _, _ = conn.Write(commands) }()
	}
}

// Two addresses that hold all places and read nothing give way to others, again
// and again, though no time of the sessions is over.
func TestFloodOfWriters(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, param string) {
		d := guarded(t, fixture.Small(t), param, "--max-servers=16", "--max-before-login=8", "--max-per-address=0",
			"--command-timeout=600", "--login-time=600")
		for range 2 {
			floodWrites(t, d, "127.0.0.2", 8)
			floodWrites(t, d, "127.0.0.3", 8)
			for n := range 4 {
				s, answer, _ := passFrom(t, d, fmt.Sprintf("127.0.0.%d", 10+n), fixture.Password)
				if !strings.HasPrefix(answer, "+OK") {
					t.Fatalf("an honest client: %s", answer)
				}
				s.OK("QUIT")
			}
		}
		fixture.Eventually(t, "evictions are logged", func() bool { return refusals(d, "max-before-login") > 0 })
	})
}

// SIGTERM ends a delayed guess, and so does its client.
func TestDelayEnds(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, param string) {
		d := fixture.Small(t).Start(t, param, "--error-interval=600", "--max-servers=4", "--login-time=3600")
		guess := func() net.Conn {
			s := fixture.Dial(t, d)
			s.OK("USER " + fixture.User)
			if err := s.Send("PASS wrong\r\nQUIT"); err != nil {
				t.Fatal(err)
			}
			return s.Conn
		}
		for range 4 {
			failed := strings.Count(d.Log(), "login failed")
			conn := guess()
			fixture.Eventually(t, "the guess fails", func() bool { return strings.Count(d.Log(), "login failed") > failed })
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if text, _ := io.ReadAll(conn); len(text) > 0 {
				t.Errorf("the guess was answered: %q", text)
			}
		}
		guess()
		fixture.Eventually(t, "the last guess fails", func() bool { return strings.Count(d.Log(), "login failed") == 5 })
		fixture.Signal(t, d, syscall.SIGTERM)
		if code, err := d.Wait(); code != 0 || err != nil {
			t.Errorf("exit code %d, %v", code, err)
		}
	})
}

// Programs that speak HTTP or TLS to a port for POP3 in clear are cut off, and
// those that speak HTTP over TLS, before anything of what they send is executed.
func TestOtherProtocols(t *testing.T) {
	s := fixture.StartSecured(t)
	body := "\r\nUSER " + fixture.User + "\r\nPASS " + fixture.Password + "\r\nDELE 1\r\nQUIT\r\n"
	post := func(conn net.Conn, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
		request, err := http.NewRequest("POST", "http://mail.example.org/", strings.NewReader(body))
		if err == nil {
			err = request.Write(conn)
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) || strings.Count(string(text), "\n") > 1 {
			t.Errorf("%q, %v", text, err)
		}
	}
	post(net.Dial("tcp", s.Plain))
	post(tls.Dial("tcp", s.Implicit, &tls.Config{RootCAs: s.Authority.Pool(), ServerName: "localhost"}))
	out, err := exec.Command("curl", "-sS", "--http0.9", "--max-time", "30", "--data-binary", body, "http://"+s.Plain+"/").CombinedOutput()
	if strings.Contains(string(out), "messages") {
		t.Errorf("curl: %v\n%s", err, out)
	}
	if conn, err := tls.Dial("tcp", s.Plain, &tls.Config{InsecureSkipVerify: true}); err == nil {
		conn.Close()
		t.Error("TLS on the port for POP3 in clear")
	}
	fixture.Eventually(t, "all are logged", func() bool {
		return strings.Count(s.Log(), `reason="HTTP request"`) == 3 && strings.Contains(s.Log(), `reason="TLS where POP3 was expected"`)
	})
	if strings.Contains(s.Log(), "login") {
		t.Errorf("a client has logged in:\n%s", s.Log())
	}
}
