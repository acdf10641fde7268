//go:build integration

package guard

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// Every address of 127.0.0.0/8 is this machine's, so that a test can be many
// clients.

// visitFrom connects from an address and returns the first line.
func visitFrom(t *testing.T, d *daemon.Daemon, from string) (fixture.Session, string) {
	t.Helper()
	s := fixture.Session{Client: daemon.NewClient(fixture.DialFrom(t, from, d.Addr)), T: t}
	line, err := s.Line()
	if err != nil {
		t.Fatalf("no greeting: %v\n%s", err, d.Log())
	}
	if strings.HasPrefix(line, welcome) {
		line = welcome // The rest is the challenge of APOP.
	}
	return s, line
}

// passFrom logs in from an address and returns the answer and how long it took.
func passFrom(t *testing.T, d *daemon.Daemon, from, password string) (fixture.Session, string, time.Duration) {
	t.Helper()
	s, line := visitFrom(t, d, from)
	if !strings.HasPrefix(line, "+OK") {
		return s, line, 0
	}
	s.OK("USER " + fixture.User)
	start := time.Now()
	answer, err := s.Command("PASS " + password)
	if err != nil {
		t.Fatal(err)
	}
	return s, answer, time.Since(start)
}

// spray makes a login of each of n users fail, from an address.
func spray(t *testing.T, d *daemon.Daemon, from string, n int) {
	t.Helper()
	for i := range n {
		s, line := visitFrom(t, d, from)
		if !strings.HasPrefix(line, "+OK") {
			t.Fatalf("user %d: %s", i, line)
		}
		s.OK(fmt.Sprintf("USER sprayed%d", i))
		if answer, err := s.Command("PASS wrong"); err != nil || answer != wrongPassword {
			t.Fatalf("user %d: %s, %v", i, answer, err)
		}
		_ = s.Close() // The server has ended the session.
	}
}

// undelayed is less than the shortest delay of a login, which is 5 seconds unless
// guess-delay-max is less.
const undelayed = 4 * time.Second

const (
	welcome       = "+OK TPOPS ready."
	tooManyFailed = "-ERR [SYS/TEMP] service unavailable: too many failed logins, try again later"
	tooMany       = "-ERR [SYS/TEMP] service unavailable: too many connections, try again later"
	tooManyFrom   = "-ERR [SYS/TEMP] service unavailable: too many connections from your address"
	wrongPassword = "-ERR [AUTH] authentication failed"
)

// guarded starts a daemon for which loopback is an address like any other.
func guarded(t *testing.T, box fixture.Mailbox, params ...string) *daemon.Daemon {
	t.Helper()
	return box.Start(t, append([]string{"--guard-exempt=none", "--error-interval=0"}, params...)...)
}

// refusals returns how many refusals by a parameter are logged.
func refusals(d *daemon.Daemon, parameter string) int {
	return len(regexp.MustCompile(`(?m) session rejected .* parameter=`+parameter+` `).FindAllString(d.Log(), -1))
}

// A guessing client waits, and then is refused; no other client is slowed down, and the
// user least of all.
func TestGuardGuesses(t *testing.T) { fixture.EachType(t, testGuardGuesses) }

func testGuardGuesses(t *testing.T, param string) {
	t.Parallel()
	d := guarded(t, fixture.Small(t), param, "--guess-delay-max=5")
	s, answer, _ := passFrom(t, d, "127.0.0.3", fixture.Password)
	if !strings.HasPrefix(answer, "+OK") {
		t.Fatal(answer)
	}
	s.OK("QUIT")
	for i := range 4 {
		if _, answer, took := passFrom(t, d, "127.0.0.2", fmt.Sprint("wrong", i)); answer != wrongPassword || took > undelayed {
			t.Fatalf("%s after %v", answer, took)
		}
	}
	spray(t, d, "127.0.0.2", 10) // With the user these are more than the free ones.
	if _, line := visitFrom(t, d, "127.0.0.2"); line != tooManyFailed {
		t.Errorf("a guesser gets %q", line)
	}
	if _, line := visitFrom(t, d, "127.0.0.2"); line != tooManyFailed {
		t.Errorf("once more %q", line)
	}
	fixture.Eventually(t, "both refusals are logged", func() bool { return refusals(d, "guess-delay-max") == 2 })
	if _, answer, took := passFrom(t, d, "127.0.0.4", fixture.Password); !strings.HasPrefix(answer, "+OK") || took < 5*time.Second {
		t.Errorf("the user from a new address: %s after %v", answer, took)
	}
}

// A device with an old password delays nobody: not others at its address, and
// not the user with the right password.
func TestGuardOldPassword(t *testing.T) { fixture.EachType(t, testGuardOldPassword) }

func testGuardOldPassword(t *testing.T, param string) {
	t.Parallel()
	d := guarded(t, fixture.Small(t), param, "--guess-delay-max=600")
	for range 5 {
		if _, answer, _ := passFrom(t, d, "127.0.0.2", "old"); answer != wrongPassword {
			t.Fatal(answer)
		}
	}
	spray(t, d, "127.0.0.2", 1)
	for _, from := range []string{"127.0.0.2", "127.0.0.3"} {
		s, answer, took := passFrom(t, d, from, fixture.Password)
		if !strings.HasPrefix(answer, "+OK") || took > undelayed {
			t.Fatalf("from %s: %s after %v", from, answer, took)
		}
		s.OK("QUIT")
	}
}

// The user is let in at once from where the user has logged in before.
func TestGuardSpares(t *testing.T) { fixture.EachType(t, testGuardSpares) }

func testGuardSpares(t *testing.T, param string) {
	t.Parallel()
	d := guarded(t, fixture.Small(t), param, "--guess-delay-max=600")
	first, answer, _ := passFrom(t, d, "127.0.0.3", fixture.Password)
	if !strings.HasPrefix(answer, "+OK") {
		t.Fatal(answer)
	}
	first.OK("QUIT")
	for i := range 4 {
		passFrom(t, d, "127.0.0.2", fmt.Sprint("wrong", i))
	}
	if _, answer, took := passFrom(t, d, "127.0.0.3", fixture.Password); !strings.HasPrefix(answer, "+OK") || took > undelayed {
		t.Errorf("%s after %v", answer, took)
	}
}

// A reload changes the limits, and forgets failed logins in all processes.
func TestGuardReload(t *testing.T) { fixture.EachType(t, testGuardReload) }

func testGuardReload(t *testing.T, param string) {
	t.Parallel()
	box := fixture.Small(t)
	file := fixture.Write(t, "tpops.toml", "guess-delay-max = 600\nmax-per-address = 0\n")
	d := guarded(t, box, param, "--config="+file)
	for i := range 4 {
		s, _, _ := passFrom(t, d, "127.0.0.2", fmt.Sprint("wrong", i))
		_ = s.Close() // The server has ended the session.
	}
	spray(t, d, "127.0.0.2", 9)
	if err := os.WriteFile(file, []byte("guess-delay-max = 300\nmax-per-address = 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fixture.Signal(t, d, syscall.SIGHUP)
	fixture.Eventually(t, "the configuration is read again", func() bool { return strings.Contains(d.Log(), "configuration reloaded") })
	s, answer, took := passFrom(t, d, "127.0.0.2", fixture.Password)
	if !strings.HasPrefix(answer, "+OK") || took > undelayed {
		t.Fatalf("after a reload: %s after %v", answer, took)
	}
	s.OK("QUIT")
	for _, want := range []string{welcome, welcome, tooManyFrom} {
		if _, line := visitFrom(t, d, "127.0.0.5"); line != want {
			t.Errorf("the new limit: %q, want %q", line, want)
		}
	}
}

// Each limit refuses with one line and one event, and only the clients that it is for.
func TestGuardLimits(t *testing.T) {
	t.Parallel()
	box := fixture.Small(t)
	d := guarded(t, box, "--max-per-address=2", "--max-per-user=1", "--max-before-login=3", "--maildir-lock=no")
	one, answer, _ := passFrom(t, d, "127.0.0.2", fixture.Password)
	if !strings.HasPrefix(answer, "+OK") {
		t.Fatal(answer)
	}
	if s, answer, _ := passFrom(t, d, "127.0.0.3", fixture.Password); answer != "-ERR [IN-USE] too many sessions of this user" {
		t.Errorf("a second session of the user: %q", answer)
	} else {
		s.Closed()
	}
	second, line := visitFrom(t, d, "127.0.0.2")
	if line != welcome {
		t.Errorf("a second connection of the address: %q", line)
	}
	if s, line := visitFrom(t, d, "127.0.0.2"); line != tooManyFrom {
		t.Errorf("a third connection of the address: %q", line)
	} else {
		s.Closed()
	}
	second.OK("QUIT")
	var idle []fixture.Session
	for _, from := range []string{"127.0.1.1", "127.0.1.2", "127.0.1.2", "127.0.1.3"} {
		s, line := visitFrom(t, d, from)
		if line != welcome {
			t.Errorf("%s: %q", from, line)
		}
		idle = append(idle, s)
	}
	if line, err := idle[1].Line(); line != tooMany || err != nil {
		t.Errorf("the evicted client gets %q, %v", line, err)
	}
	idle[0].OK("USER x")
	one.OK("NOOP")
	for _, parameter := range []string{"max-per-user", "max-per-address", "max-before-login"} {
		fixture.Eventually(t, "a refusal by "+parameter+" is logged", func() bool { return refusals(d, parameter) == 1 })
	}
}

func TestGuardLoginTime(t *testing.T) {
	t.Parallel()
	d := guarded(t, fixture.Small(t), "--login-time=1")
	in, answer, _ := passFrom(t, d, "127.0.0.2", fixture.Password)
	if !strings.HasPrefix(answer, "+OK") {
		t.Fatal(answer)
	}
	s, _ := visitFrom(t, d, "127.0.0.3")
	if line, err := s.Line(); line != "-ERR login time exceeded" || err != nil {
		t.Errorf("%q, %v", line, err)
	}
	s.Closed()
	in.OK("NOOP")
	fixture.Eventually(t, "it is logged", func() bool { return strings.Contains(d.Log(), `reason="login time exceeded"`) })
}

// A crowd of silent clients, each with an address of its own, does not keep
// anybody from logging in.
func TestGuardCrowd(t *testing.T) {
	t.Parallel()
	d := guarded(t, fixture.NewMailbox(t, corpus.Messages(1, 1)), "--max-servers=40", "--access-log="+filepath.Join(t.TempDir(), "access"))
	for i := range 200 {
		if _, line := visitFrom(t, d, net.IPv4(127, 7, 0, byte(i+1)).String()); line != welcome {
			t.Fatalf("silent client %d: %q", i, line)
		}
	}
	if _, answer, _ := passFrom(t, d, "127.0.0.2", fixture.Password); !strings.HasPrefix(answer, "+OK") {
		t.Errorf("an honest client: %s", answer)
	}
	fixture.Eventually(t, "the evictions are logged", func() bool { return refusals(d, "max-before-login") == 181 })
}
