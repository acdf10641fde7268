//go:build packages

package packaging

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tpops/test/daemon"
)

// The filter matches failed logins and rejected clients in the log of a real server,
// each once and with the address of the client, and no other line.
func TestFail2ban(t *testing.T) {
	lines := logLines(t)
	name := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(name, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	matched := matchedLines(t, name)
	if want := len(guesses) + guessesToRefusal + 1; len(matched) != want {
		t.Errorf("%d lines matched, want %d", len(matched), want)
	}
	remote := regexp.MustCompile(` session=\S+ remote=(\S+) `)
	for line := range strings.Lines(lines) {
		line = strings.TrimSuffix(line, "\n")
		of := remote.FindStringSubmatch(line)
		got := of != nil && slices.Contains(matched, of[1]+" "+line)
		want := strings.HasSuffix(line, "[AUTH] authentication failed\"") || strings.Contains(line, ` reason="failed logins" `)
		if got != want {
			t.Errorf("matched %t: %s", got, line)
		}
	}
	testEngines(t, lines)
}

// testEngines checks that fail2ban and CrowdSec ban each attacker in the log of a real
// server, and no other address.
func testEngines(t *testing.T, lines string) {
	all, attackers := visits(*sessions)
	log := withRefusals(t, recordVisits(t, all), lines)
	attackers[guesser] = true
	t.Run("fail2ban", func(t *testing.T) { testFail2banServer(t, log, attackers) })
	t.Run("CrowdSec", func(t *testing.T) { testCrowdSec(t, log, attackers) })
}

// matchedLines returns the matches of the filter in a log: address, space, line.
func matchedLines(t *testing.T, log string) []string {
	t.Helper()
	filter := installFilter(t)
	config := filepath.Dir(filepath.Dir(filter))
	out, err := exec.Command("fail2ban-regex", "--config", config, "--out", "<ip> <msg>", log, filter).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// guesses are wrong login names and passwords. Some names imitate a log line about
// another client.
var guesses = []string{
	"USER mrose\r\nPASS wrong",
	"USER nobody\r\nPASS wrong",
	"USER remote=192.0.2.1\r\nPASS wrong",
	"USER x\"\tremote=192.0.2.1\tmethod=USER\r\nPASS wrong",
	"USER x\\\r\nPASS wrong",
	"USER \xff\x01\r\nPASS wrong",
	"APOP mrose 0123456789abcdef0123456789abcdef",
	"XCLIENT ADDR=127.0.0.1 SESSION=abc/+\r\nUSER mrose\r\nPASS wrong",
	"XCLIENT SESSION=a=b\"remote=192.0.2.1\r\nUSER x\"\r\nPASS wrong",
}

// logLines returns the log of the guesses, of a login, and of a login that fails because
// the mailbox is in use, as lines of syslog.
func logLines(t *testing.T) string {
	t.Helper()
	d := startServer(t, "--xclient-from=127.0.0.1", "--guard-exempt=127.0.0.1", "--guess-delay-max=1")
	talk(t, d)
	beRefused(t, d)
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	stamp := regexp.MustCompile(`(?m)^\S+ `)
	return stamp.ReplaceAllString(d.Log(), "Jan  2 03:04:05 pop tpops[123]: ")
}

// startServer builds the server, and starts it with the user mrose.
func startServer(t *testing.T, params ...string) *daemon.Daemon {
	t.Helper()
	dir := t.TempDir()
	program, users := filepath.Join(dir, "tpops"), filepath.Join(dir, "users")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, "../cmd/tpops").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := daemon.WriteUsers(users, daemon.User{Login: "mrose", Password: "{PLAIN}secret", Maildir: maildir(t, dir)}); err != nil {
		t.Fatal(err)
	}
	params = append([]string{"--syslog=none", "--auth-type=passwd-file", "--passwd-file=" + users, "--error-interval=0"}, params...)
	d, err := daemon.Start(program, params...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Kill)
	return d
}

func maildir(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "Maildir")
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(path, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func talk(t *testing.T, d *daemon.Daemon) {
	t.Helper()
	first, err := daemon.Login(d.Addr, "mrose", "secret")
	if err != nil {
		t.Fatal(err)
	}
	for _, guess := range append(guesses, "USER mrose\r\nPASS secret") {
		c, _, err := daemon.Dial(d.Addr)
		if err != nil {
			t.Fatal(err)
		}
		reply := ""
		for command := range strings.SplitSeq(guess, "\r\n") {
			if reply, err = c.Command(command); err != nil {
				t.Fatal(err)
			}
		}
		if !strings.HasPrefix(reply, "-ERR [") {
			t.Errorf("%q: %s", guess, reply)
		}
	}
	if reply, err := first.Command("QUIT"); err != nil {
		t.Errorf("QUIT: %s %v", reply, err)
	}
}

// guessesToRefusal is the number of guesses that the server accepts from one address.
const guessesToRefusal = 11

// beRefused guesses from another address until the server rejects the client.
func beRefused(t *testing.T, d *daemon.Daemon) {
	t.Helper()
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	for n := range guessesToRefusal + 1 {
		conn, err := from.Dial("tcp", d.Addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(conn, "USER guess%d\r\nPASS wrong\r\n", n); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, conn) // The last connection is reset, because the server does not read its command.
		conn.Close()
	}
}

// installFilter copies the filter next to those of the distribution, because it includes
// their definitions.
func installFilter(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("/etc/fail2ban")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("common/fail2ban-filter.conf")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "filter.d", "tpops.conf")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
