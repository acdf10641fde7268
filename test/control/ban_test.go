//go:build integration

package control_test

import (
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// greeting returns the first line that the daemon sends to a client, which then leaves.
func greeting(t *testing.T, d *daemon.Daemon) string {
	t.Helper()
	conn, err := net.Dial("tcp", d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	line, err := daemon.NewClient(conn).Line()
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// banIs calls tpopsctl ban and checks its exit code and a part of its output.
func banIs(t *testing.T, code int, part string, args ...string) {
	t.Helper()
	got, out, errs := fixture.RunTpopsctl(t, append([]string{"ban"}, args...)...)
	if got != code || !strings.Contains(out+errs, part) {
		t.Errorf("%q: exit %d, %s%s", args, got, out, errs)
	}
}

// TestBan checks that a ban refuses connections, ends those before login, leaves sessions
// alone, and survives a reload.
func TestBan(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, parallelType string) {
		d, socket := start(t, fixture.Small(t), parallelType, "--guard-exempt=192.0.2.7")
		banIs(t, 0, "no bans\n", "list", socket)
		before, session := fixture.Dial(t, d), fixture.LogIn(t, d)
		before.OK("CAPA")
		banIs(t, 0, "127.0.0.0/24: banned until ", "add", "127.0.0.1/24", "--for=10m", socket)
		before.Closed()
		if line := greeting(t, d); !strings.HasPrefix(line, "-ERR") {
			t.Error(line)
		}
		session.OK("STAT")
		fixture.Signal(t, d, syscall.SIGHUP)
		fixture.Eventually(t, "the reload", func() bool { return strings.Contains(d.Log(), "configuration reloaded") })
		if line := greeting(t, d); !strings.HasPrefix(line, "-ERR") {
			t.Errorf("after a reload: %s", line)
		}
		banIs(t, 0, "127.0.0.0/24", "list", socket)
		banIs(t, 0, `"network":"127.0.0.0/24"`, "list", "--json", socket)
		banIs(t, 0, "new connections  refused\nban              127.0.0.0/24, until ", "show", "127.0.0.1", socket)
		banIs(t, 1, "127.0.0.1 is still banned: it is in 127.0.0.0/24", "lift", "127.0.0.1", socket)
		banIs(t, 0, "127.0.0.0/24: lifted", "lift", "127.0.0.0/24", socket)
		banIs(t, 1, "no such ban", "lift", "--all", socket)
		if line := greeting(t, d); !strings.HasPrefix(line, "+OK") {
			t.Error(line)
		}
		session.OK("QUIT")
		fixture.Eventually(t, "the log of both events", func() bool {
			log := d.Log()
			return strings.Contains(log, "ban added") && strings.Contains(log, "ban lifted") && strings.Contains(log, "banned by operator")
		})
	})
}

// TestBanArguments checks what may not be banned, and what is remembered of a user.
func TestBanArguments(t *testing.T) {
	d, socket := start(t, fixture.Small(t), "--guard-exempt=192.0.2.0/28", "--guess-delay-max=60")
	banIs(t, 64, "the network is exempt", "add", "192.0.2.3", socket)
	banIs(t, 64, "too large", "add", "0.0.0.0/0", socket)
	banIs(t, 64, "192.0.2.x", "add", "192.0.2.x", socket)
	banIs(t, 64, "--for must be a time", "add", "192.0.2.99", "--for=0s", socket)
	banIs(t, 64, "--for must be a time", "add", "192.0.2.99", "--for=400d", socket)
	banIs(t, 64, "--for has no use", "list", "--for=1h", socket)
	banIs(t, 64, "unknown action", "remove", "192.0.2.99", socket)
	banIs(t, 64, "add needs 1 operands", "add", socket)
	banIs(t, 0, "the configuration exempts them: 192.0.2.0/28", "add", "192.0.2.0/24", "--for=7d", socket)
	banIs(t, 0, "2001:db8:0:1::/64: banned", "add", "2001:db8:0:1:2::3", socket)
	banIs(t, 0, "counted with     2001:db8:0:1::/64", "show", "2001:db8:0:1::4", socket)
	banIs(t, 0, "2001:db8:0:1::/64: lifted", "lift", "--all", socket)
	c := fixture.Dial(t, d)
	c.OK("USER " + fixture.User)
	if line, err := c.Command("PASS wrong"); err != nil || !strings.HasPrefix(line, "-ERR") {
		t.Fatal(line, err)
	}
	banIs(t, 0, "failed logins    1\n", "show", fixture.User, socket)
	banIs(t, 0, "user             127.0.0.1\n", "show", "--user", "127.0.0.1", socket)
	banIs(t, 0, `user             \x1b[2J`, "show", "\x1b[2J", socket)
}
