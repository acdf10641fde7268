//go:build integration

package daemon_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestCacheOfOthers logs users in from the cache whose names differ in one part
// only and whose passwords are the same: each has his own mailbox, and what a row
// allows holds for each connection.
func TestCacheOfOthers(t *testing.T) {
	names := []string{"ann", "ann@one.example", "ann@two.example", "ann+one.example", "bob@one.example"}
	dir, rows := t.TempDir(), ""
	for n, name := range names {
		if err := corpus.Write(filepath.Join(dir, strconv.Itoa(n)), corpus.Messages(1, n+1)); err != nil {
			t.Fatal(err)
		}
		rows += fmt.Sprintf("%s:{PLAIN}same:::::userdb_mail=%s/%d\n", name, dir, n)
	}
	rows += "net:{PLAIN}same:::::userdb_mail=" + dir + "/0 allow_nets=127.0.0.5\n"
	d := fixture.Start(t, "--auth-type=passwd-file", "--passwd-file="+fixture.Write(t, "users", rows), "--auth-cache=1h", "--error-interval=0",
		"--max-servers=20")
	for range 3 {
		for n, name := range names {
			s := fixture.Dial(t, d)
			s.OK("USER " + name)
			s.Want("PASS same", fmt.Sprintf(`^\+OK .* has %d messages`, n+1))
			s.OK("QUIT")
		}
		for _, step := range []struct{ from, pattern string }{{"127.0.0.5", `^\+OK`}, {"127.0.0.6", `^-ERR`}} {
			s := fixture.DialAs(t, step.from, d.Addr, fixture.Greeting)
			s.OK("USER net")
			s.Want("PASS same", step.pattern)
			s.Close()
		}
	}
}

// TestBadBase64 sends responses that are no base64 while others log in: these all
// log in, and so does the client that made the mistake.
func TestBadBase64(t *testing.T) { fixture.EachType(t, testBadBase64) }

func testBadBase64(t *testing.T, parallelType string) {
	d := fixture.Small(t).Start(t, parallelType, "--error-interval=0", "--maildir-lock=no", "--max-servers=40", "--max-per-user=0")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for _, bad := range []string{"AUTH PLAIN !", "AUTH PLAIN ====", "AUTH PLAIN AA=A", "AUTH PLAIN \xff\xfe", "AUTH PLAIN AGE", "AUTH PLAIN AGEA YQ=="} {
				if err := mistake(d, bad); err != nil {
					t.Errorf("%q: %v", bad, err)
				}
			}
		})
		all.Go(func() {
			for range 10 {
				c, err := daemon.Login(d.Addr, fixture.User, fixture.Password)
				if err != nil {
					t.Errorf("another login: %v", err)
					return
				}
				c.Close()
			}
		})
	}
	all.Wait()
}

// mistake sends a command that must be refused, and logs in on the same
// connection.
func mistake(d *daemon.Daemon, command string) error {
	c, _, err := daemon.Dial(d.Addr)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, step := range []struct{ command, want string }{{command, "-ERR"}, {"USER " + fixture.User, "+OK"}, {"PASS " + fixture.Password, "+OK"}} {
		if line, err := c.Command(step.command); err != nil || !strings.HasPrefix(line, step.want) {
			return fmt.Errorf("%s: %q, %v", step.command, line, err)
		}
	}
	return nil
}

// TestUserLimit has one user at the limit of his sessions, again and again: he is
// refused, and gets in when one has ended.
func TestUserLimit(t *testing.T) { fixture.EachType(t, testUserLimit) }

func testUserLimit(t *testing.T, parallelType string) {
	d := fixture.Small(t).Start(t, parallelType, "--max-per-user=2", "--error-interval=0", "--maildir-lock=no", "--guard-exempt=none", "--max-servers=20")
	for range 5 {
		one, two := fixture.LogIn(t, d), fixture.LogIn(t, d)
		for range 3 {
			s := fixture.Dial(t, d)
			s.OK("USER " + fixture.User)
			s.Want("PASS "+fixture.Password, `^-ERR \[IN-USE\] too many sessions of this user$`)
			s.Closed()
		}
		one.OK("QUIT")
		one.Closed()
		fixture.Eventually(t, "there is room for another session", func() bool {
			c, err := daemon.Login(d.Addr, fixture.User, fixture.Password)
			if err == nil {
				c.Close()
			}
			return err == nil
		})
		two.OK("QUIT")
		two.Closed()
		fixture.Eventually(t, "there is room for two sessions", func() bool {
			c, err := daemon.Login(d.Addr, fixture.User, fixture.Password)
			if err != nil {
				return false
			}
			defer c.Close()
			other, err := daemon.Login(d.Addr, fixture.User, fixture.Password)
			if err == nil {
				other.Close()
			}
			return err == nil
		})
	}
	d.Stop() // Then all is in the log.
	if strings.Contains(d.Log(), "panic") || strings.Contains(d.Log(), "child failed") {
		t.Errorf("a fault:\n%s", d.Log())
	}
}

// TestMemoryBeforeLogin has clients send without end before login, or not read:
// what the server needs for them is bounded.
func TestMemoryBeforeLogin(t *testing.T) {
	const clients, octets, most = 10, 4 << 20, 64 << 10 // most in KiB
	for _, test := range []struct{ name, begin, repeated string }{
		{"a line without end", "", "x"},
		{"commands without end", "", "CAPA\r\n"},
		{"errors without end", "", "XYZZY\r\n"},
		{"a response of SASL without end", "AUTH PLAIN\r\n", "QUFB"},
		{"exchanges of SASL without end", "", "AUTH PLAIN\r\n*\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := fixture.Small(t).Start(t, "--error-interval=0", "--max-servers=100", "--command-timeout=3")
			before := resident(t, d.PID())
			text := strings.Repeat(test.repeated, octets/len(test.repeated))
			var all sync.WaitGroup
			for range clients {
				all.Go(func() { flood(d.Addr, test.begin, text) })
			}
			grown := 0
			done := make(chan struct{})
			go func() { all.Wait(); close(done) }()
			for open := true; open; {
				grown = max(grown, resident(t, d.PID())-before)
				select {
				case <-done:
					open = false
				case <-time.After(50 * time.Millisecond):
				}
			}
			if grown > most {
				t.Errorf("grown by %d KiB for %d clients that sent up to %d octets each", grown, clients, octets)
			}
			fixture.LogIn(t, d).OK("QUIT")
		})
	}
}

// flood sends a text and reads nothing, until it is sent or the server has had
// enough.
func flood(addr, begin, text string) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second)) // A TCP connection has no error.
	_, _ = io.WriteString(conn, begin+text)                // The server may close at any time.
}

// resident returns how much memory a process has, in KiB.
func resident(t *testing.T, pid int) int {
	t.Helper()
	fields, err := daemon.Status(pid, "VmRSS")
	if err != nil || len(fields) == 0 {
		t.Fatal(fields, err)
	}
	n, err := strconv.Atoi(strings.TrimSuffix(fields[0], " kB"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSTLSInjection puts commands after STLS in the same packet: they are not
// answered, neither in clear nor in TLS, where the client has not logged in yet.
func TestSTLSInjection(t *testing.T) {
	d := fixture.StartSecured(t)
	conn, err := net.Dial("tcp", d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	expect(t, in, "+OK")
	if _, err := fmt.Fprintf(conn, "STLS\r\nUSER %s\r\nPASS %s\r\nDELE 1\r\nQUIT\r\n", fixture.User, fixture.Password); err != nil {
		t.Fatal(err)
	}
	expect(t, in, "+OK begin TLS")
	if in.Buffered() > 0 {
		t.Fatalf("%d octets in clear after the answer to STLS", in.Buffered())
	}
	secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	if err := secure.Handshake(); err != nil {
		t.Fatal(err)
	}
	in = bufio.NewReader(secure)
	for _, step := range []struct{ command, want string }{{"STAT", "-ERR"}, {"USER " + fixture.User, "+OK"}, {"PASS " + fixture.Password, "+OK"}, {"STAT", "+OK"}, {"QUIT", "+OK"}} {
		if _, err := fmt.Fprintf(secure, "%s\r\n", step.command); err != nil {
			t.Fatal(err)
		}
		expect(t, in, step.want)
	}
	d.Stop() // Then all is in the log.
	if strings.Contains(d.Log(), "deleted session") {
		t.Errorf("a command from before TLS was executed:\n%s", d.Log())
	}
}

// expect reads a line.
func expect(t *testing.T, in *bufio.Reader, begin string) {
	t.Helper()
	if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, begin) {
		t.Fatalf("%q, %v, want %s", line, err, begin)
	}
}
