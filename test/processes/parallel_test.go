//go:build integration

package processes

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// refused waits until the port is closed.
func refused(t *testing.T, addr string) {
	t.Helper()
	fixture.Eventually(t, "no new connection is accepted", func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
}

func TestParallelSIGTERM(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, param string) {
		box := fixture.Small(t)
		d := box.Start(t, param)
		s := fixture.LogIn(t, d)
		early := fixture.Dial(t, d) // has not logged in, and so nothing to finish
		s.OK("DELE 1")
		fixture.Signal(t, d, syscall.SIGTERM)
		refused(t, d.Addr)
		if line, err := early.Line(); err != nil || !strings.HasPrefix(line, "-ERR [SYS/TEMP]") {
			t.Errorf("without login: %q, %v", line, err)
		}
		s.OK("DELE 2")
		select {
		case <-d.Ended():
			t.Fatalf("the server ended before the session\n%s", d.Log())
		default:
		}
		s.OK("QUIT")
		if code, err := d.Wait(); code != 0 || err != nil {
			t.Errorf("exit status %d, %v", code, err)
		}
		if left := box.Files(t); len(left) != 3 {
			t.Errorf("%d messages are left, want 3", len(left))
		}
	})
}

func TestParallelSIGINT(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, param string) {
		box := fixture.Small(t)
		d := box.Start(t, param)
		s := fixture.LogIn(t, d)
		fixture.Dial(t, d) // A child that waits, and another session.
		s.OK("DELE 1")
		family := fixture.ProcessesOf(t, d.PID())
		begun := time.Now()
		fixture.Signal(t, d, syscall.SIGINT)
		s.Closed()
		if code, err := d.Wait(); code != 0 || err != nil {
			t.Errorf("exit status %d, %v", code, err)
		}
		if took := time.Since(begun); took > 4*time.Second && !fixture.RaceDetector {
			t.Errorf("took %v", took)
		}
		fixture.Gone(t, family)
		if left := box.Files(t); len(left) != 5 {
			t.Errorf("%d messages are left, want 5: there was no QUIT", len(left))
		}
	})
}

// TestParallelSIGHUP changes a parameter: it holds for new sessions, and the
// running one keeps what it began with. The command line still goes first.
func TestParallelSIGHUP(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, param string) {
		box := fixture.Small(t)
		users := "passwd-file = \"" + box.Users + "\"\nmaildir-lock = false\n"
		file := fixture.Write(t, "tpops.toml", users)
		d := fixture.Start(t, param, "--config="+file, "--auth-type=passwd-file", "--error-interval=0", "--hostname=first.example")
		running := fixture.LogIn(t, d)
		reload := func(text, logged string) {
			t.Helper()
			before := len(d.Log())
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			fixture.Signal(t, d, syscall.SIGHUP)
			fixture.Eventually(t, "the log has "+logged, func() bool { return strings.Contains(d.Log()[before:], logged) })
		}

		other := fixture.Write(t, "users", "newuser:{PLAIN}secret:::::userdb_mail=maildir:"+box.Dir+"\n")
		changed := strings.ReplaceAll(users, box.Users, other)
		reload(changed+"hostname = \"second.example\"\n", "configuration reloaded")
		if _, body, err := running.Multi("RETR 1"); err != nil || len(body) == 0 {
			t.Errorf("RETR: %d octets, %v", len(body), err)
		}
		s := fixture.Dial(t, d)
		s.OK("USER newuser")
		s.OK("PASS secret")
		s = fixture.Dial(t, d)
		s.OK("USER " + fixture.User)
		s.Want("PASS "+fixture.Password, `^-ERR \[AUTH\] `)

		// A broken file changes nothing, and the log reports where it is broken;
		// one that names what is not there is refused as well.
		reload(changed+"max-servrs = 3\n", file+":3:1:")
		reload(strings.ReplaceAll(changed, other, "/nonexistent/users"), "/nonexistent/users")
		s = fixture.Dial(t, d)
		s.OK("USER newuser")
		s.OK("PASS secret")
		running.OK("QUIT")
	})
}

// TestParallelFull has more clients than max-servers: they wait, and are served
// when there is a place.
func TestParallelFull(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, param string) {
		box := fixture.Small(t)
		more := []string{param, "--max-servers=2", "--maildir-lock=no"}
		if param == "--parallel-type=prefork" {
			more = append(more, "--min-servers=1")
		}
		d := box.Start(t, more...)
		first, second := fixture.LogIn(t, d), fixture.LogIn(t, d)
		conn, err := net.Dial("tcp", d.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		if n, err := conn.Read(make([]byte, 100)); err == nil {
			t.Errorf("the third client got %d octets", n)
		}
		second.OK("STAT")
		first.OK("QUIT")
		third := daemon.NewClient(conn)
		if line, err := third.Line(); err != nil || !strings.HasPrefix(line, "+OK") {
			t.Errorf("the third client got %q, %v", line, err)
		}
		second.OK("QUIT")
	})
}

// TestParallelLogs has many sessions at once write to the same files, with a
// rotation in between: no line is torn or lost.
func TestParallelLogs(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, param string) {
		box := fixture.Small(t)
		access := filepath.Join(t.TempDir(), "access")
		// A process that has served its session counts until it has ended.
		d := box.Start(t, param, "--access-log="+access, "--maildir-lock=no", "--error-interval=0", "--max-per-user=0")
		const clients, rounds = 4, 6
		round := func() {
			errs := make(chan error, clients)
			for range clients {
				go func() { errs <- visits(d, rounds) }()
			}
			for range clients {
				if err := <-errs; err != nil {
					t.Error(err)
				}
			}
		}
		running := fixture.LogIn(t, d)
		round()
		lines := func(name string, n int) {
			t.Helper()
			fixture.Eventually(t, fmt.Sprintf("%d lines in %s", n, filepath.Base(name)), func() bool { return strings.Count(fixture.Read(t, name), "\n") == n })
			for line := range strings.Lines(fixture.Read(t, name)) {
				if f := strings.Fields(line); len(f) != 10 || f[0] != "127.0.0.1" || f[5] != "user" {
					t.Errorf("line %q", line)
				}
			}
		}
		lines(access, clients*rounds)
		if err := os.Rename(access, access+".1"); err != nil {
			t.Fatal(err)
		}
		fixture.Signal(t, d, syscall.SIGHUP)
		fixture.Eventually(t, "the reload is logged", func() bool { return strings.Contains(d.Log(), "configuration reloaded") })
		round()
		running.OK("QUIT") // which began before, in a process that has to open the file anew
		old, anew := clients*rounds, clients*rounds+1
		if param == "--parallel-type=fork" {
			old, anew = anew, old // A child that keeps to its mailbox can open no other file.
		}
		lines(access+".1", old)
		lines(access, anew)
	})
}

// visits logs in and out some times.
func visits(d *daemon.Daemon, n int) error {
	for range n {
		c, err := daemon.Login(d.Addr, fixture.User, fixture.Password)
		if err != nil {
			return err
		}
		_, err = c.Command("QUIT")
		c.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// TestParallelPIDFile finds the parent's number in the file, and the file gone
// at the end.
func TestParallelPIDFile(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, param string) {
		box := fixture.Small(t)
		pid := filepath.Join(t.TempDir(), "pid")
		d := box.Start(t, param, "--pid-file="+pid)
		fixture.LogIn(t, d).OK("QUIT")
		if got := strings.TrimSpace(fixture.Read(t, pid)); got != fmt.Sprint(d.PID()) {
			t.Errorf("pid-file has %s, want %d", got, d.PID())
		}
		if err := d.Stop(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(pid); err == nil {
			t.Error("the file is still there")
		}
	})
}
