//go:build integration

package test

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
)

// parallelTypes are the ways to serve connections side by side, all of which
// have to look the same from outside.
var parallelTypes = []string{"prefork", "fork", "thread"}

// eachType runs a test once for each parallel-type.
func eachType(t *testing.T, test func(t *testing.T, param string)) {
	for _, name := range parallelTypes {
		t.Run(name, func(t *testing.T) { test(t, "--parallel-type="+name) })
	}
}

// refused waits until nobody listens any more.
func refused(t *testing.T, addr string) {
	t.Helper()
	eventually(t, "no new connection is accepted", func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
}

func TestParallelSIGTERM(t *testing.T) {
	eachType(t, func(t *testing.T, param string) {
		box := small(t)
		d := box.start(t, param)
		s := logIn(t, d)
		early := dial(t, d) // has not logged in, and so nothing to finish
		s.ok("DELE 1")
		signal(t, d, syscall.SIGTERM)
		refused(t, d.Addr)
		if line, err := early.Line(); err != nil || !strings.HasPrefix(line, "-ERR [SYS/TEMP]") {
			t.Errorf("without login: %q, %v", line, err)
		}
		s.ok("DELE 2")
		select {
		case <-d.Ended():
			t.Fatalf("the server ended before the session\n%s", d.Log())
		default:
		}
		s.ok("QUIT")
		if code, err := d.Wait(); code != 0 || err != nil {
			t.Errorf("exit status %d, %v", code, err)
		}
		if left := box.files(t); len(left) != 3 {
			t.Errorf("%d messages are left, want 3", len(left))
		}
	})
}

func TestParallelSIGINT(t *testing.T) {
	eachType(t, func(t *testing.T, param string) {
		box := small(t)
		d := box.start(t, param)
		s := logIn(t, d)
		dial(t, d) // A child that waits, and another session.
		s.ok("DELE 1")
		family := processesOf(t, d.PID())
		begun := time.Now()
		signal(t, d, syscall.SIGINT)
		s.closed()
		if code, err := d.Wait(); code != 0 || err != nil {
			t.Errorf("exit status %d, %v", code, err)
		}
		if took := time.Since(begun); took > 4*time.Second && !raceDetector {
			t.Errorf("took %v", took)
		}
		gone(t, family)
		if left := box.files(t); len(left) != 5 {
			t.Errorf("%d messages are left, want 5: there was no QUIT", len(left))
		}
	})
}

// TestParallelSIGHUP changes a parameter: it holds for new sessions, and the
// running one keeps what it began with. The command line still goes first.
func TestParallelSIGHUP(t *testing.T) {
	eachType(t, func(t *testing.T, param string) {
		box := small(t)
		users := "passwd-file = \"" + box.users + "\"\nmaildir-lock = false\n"
		file := write(t, "tpops.toml", users)
		d := start(t, param, "--config="+file, "--auth-type=passwd-file", "--error-interval=0", "--hostname=first.example")
		running := logIn(t, d)
		reload := func(text, logged string) {
			t.Helper()
			before := len(d.Log())
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			signal(t, d, syscall.SIGHUP)
			eventually(t, "the log says "+logged, func() bool { return strings.Contains(d.Log()[before:], logged) })
		}

		other := write(t, "users", "newuser:{PLAIN}secret:::::userdb_mail=maildir:"+box.dir+"\n")
		changed := strings.ReplaceAll(users, box.users, other)
		reload(changed+"hostname = \"second.example\"\n", "configuration reloaded")
		if _, body, err := running.Multi("RETR 1"); err != nil || len(body) == 0 {
			t.Errorf("RETR: %d octets, %v", len(body), err)
		}
		s := dial(t, d)
		s.ok("USER newuser")
		s.ok("PASS secret")
		s = dial(t, d)
		s.ok("USER " + login)
		s.want("PASS "+password, `^-ERR \[AUTH\] `)

		// A broken file changes nothing, and the log says where it is broken;
		// one that names what is not there is refused as well.
		reload(changed+"max-servrs = 3\n", file+":3:1:")
		reload(strings.ReplaceAll(changed, other, "/nonexistent/users"), "/nonexistent/users")
		s = dial(t, d)
		s.ok("USER newuser")
		s.ok("PASS secret")
		running.ok("QUIT")
	})
}

// TestParallelFull has more clients than max-servers: they wait, and are served
// when there is a place.
func TestParallelFull(t *testing.T) {
	eachType(t, func(t *testing.T, param string) {
		box := small(t)
		more := []string{param, "--max-servers=2", "--maildir-lock=no"}
		if param == "--parallel-type=prefork" {
			more = append(more, "--min-servers=1")
		}
		d := box.start(t, more...)
		first, second := logIn(t, d), logIn(t, d)
		conn, err := net.Dial("tcp", d.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		if n, err := conn.Read(make([]byte, 100)); err == nil {
			t.Errorf("the third client got %d octets", n)
		}
		second.ok("STAT")
		first.ok("QUIT")
		third := daemon.NewClient(conn)
		if line, err := third.Line(); err != nil || !strings.HasPrefix(line, "+OK") {
			t.Errorf("the third client got %q, %v", line, err)
		}
		second.ok("QUIT")
	})
}

// TestParallelLogs has many sessions at once write to the same files, with a
// rotation in between: no line is torn or lost.
func TestParallelLogs(t *testing.T) {
	eachType(t, func(t *testing.T, param string) {
		box := small(t)
		access := filepath.Join(t.TempDir(), "access")
		// A process that has served its session counts until it has ended.
		d := box.start(t, param, "--access-log="+access, "--maildir-lock=no", "--error-interval=0", "--max-per-user=0")
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
		running := logIn(t, d)
		round()
		lines := func(name string, n int) {
			t.Helper()
			eventually(t, fmt.Sprintf("%d lines in %s", n, filepath.Base(name)), func() bool { return strings.Count(read(t, name), "\n") == n })
			for line := range strings.Lines(read(t, name)) {
				if f := strings.Fields(line); len(f) != 10 || f[0] != "127.0.0.1" || f[5] != "user" {
					t.Errorf("line %q", line)
				}
			}
		}
		lines(access, clients*rounds)
		if err := os.Rename(access, access+".1"); err != nil {
			t.Fatal(err)
		}
		signal(t, d, syscall.SIGHUP)
		eventually(t, "the log says configuration reloaded", func() bool { return strings.Contains(d.Log(), "configuration reloaded") })
		round()
		running.ok("QUIT") // which began before, in a process that has to open the file anew
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
		c, err := daemon.Login(d.Addr, login, password)
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
	eachType(t, func(t *testing.T, param string) {
		box := small(t)
		pid := filepath.Join(t.TempDir(), "pid")
		d := box.start(t, param, "--pid-file="+pid)
		logIn(t, d).ok("QUIT")
		if got := strings.TrimSpace(read(t, pid)); got != fmt.Sprint(d.PID()) {
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
