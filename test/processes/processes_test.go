//go:build integration

package processes

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// newest returns the child of those now that was not there before.
func newest(t *testing.T, before, now []int) int {
	t.Helper()
	for _, pid := range now {
		if !slices.Contains(before, pid) {
			return pid
		}
	}
	t.Fatalf("no new process among %v", now)
	return 0
}

func wantServing(t *testing.T, d *daemon.Daemon, n int) {
	t.Helper()
	fixture.Eventually(t, fmt.Sprintf("%d children", n), func() bool { return len(fixture.Serving(t, d.PID())) == n })
}

// TestPreforkCounts holds that there are never fewer than min-servers and never
// more than max-servers, and two that wait below that.
func TestPreforkCounts(t *testing.T) {
	box := fixture.Small(t)
	d := box.Start(t, "--parallel-type=prefork", "--min-servers=3", "--max-servers=5", "--maildir-lock=no", "--max-idle=1", "--max-use=1000")
	wantServing(t, d, 3)
	var sessions []fixture.Session
	for i, want := range []int{3, 4, 5, 5, 5} {
		sessions = append(sessions, fixture.LogIn(t, d))
		fixture.Eventually(t, fmt.Sprintf("%d children with %d sessions", want, i+1), func() bool {
			n := len(fixture.Serving(t, d.PID()))
			if n > 5 {
				t.Fatalf("%d children", n)
			}
			return n == want
		})
	}
	for _, s := range sessions {
		s.OK("QUIT")
	}
	// Those that have served end after max-idle.
	wantServing(t, d, 3)
	if got := fixture.Title(fixture.Serving(t, d.PID())[0]); got != "tpops: prefork child" {
		t.Errorf("the list of processes shows %q", got)
	}
}

// TestPreforkMaxUse has each child serve two connections only.
func TestPreforkMaxUse(t *testing.T) {
	box := fixture.Small(t)
	d := box.Start(t, "--parallel-type=prefork", "--min-servers=1", "--max-servers=1", "--max-use=2", "--maildir-lock=no")
	wantServing(t, d, 1)
	seen := map[int]int{}
	for range 6 {
		s := fixture.LogIn(t, d)
		seen[fixture.Serving(t, d.PID())[0]]++
		s.OK("QUIT")
	}
	if len(seen) != 3 {
		t.Errorf("sessions by process: %v, want three with two each", seen)
	}
}

// TestPreforkMaxIdle holds that only a child that has served ends for lack of
// work.
func TestPreforkMaxIdle(t *testing.T) {
	box := fixture.Small(t)
	d := box.Start(t, "--parallel-type=prefork", "--min-servers=2", "--max-servers=2", "--max-idle=1")
	wantServing(t, d, 2)
	before := fixture.Serving(t, d.PID())
	s := fixture.LogIn(t, d)
	s.OK("QUIT")
	fixture.Eventually(t, "one child is another", func() bool {
		now := fixture.Serving(t, d.PID())
		same := slices.DeleteFunc(slices.Clone(now), func(pid int) bool { return !slices.Contains(before, pid) })
		return len(now) == 2 && len(same) == 1
	})
}

// TestPreforkKilled replaces a child that was killed, and logs that.
func TestPreforkKilled(t *testing.T) {
	box := fixture.Small(t)
	d := box.Start(t, "--parallel-type=prefork", "--min-servers=3", "--maildir-lock=no")
	wantServing(t, d, 3)
	before := fixture.Serving(t, d.PID())
	s := fixture.LogIn(t, d)
	for _, pid := range before {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	s.Closed() // It was one of theirs.
	fixture.Eventually(t, "three new children", func() bool {
		now := fixture.Serving(t, d.PID())
		return len(now) >= 3 && !slices.ContainsFunc(now, func(pid int) bool { return slices.Contains(before, pid) })
	})
	fixture.LogIn(t, d).OK("QUIT")
	fixture.Eventually(t, "the failure is logged", func() bool { return strings.Contains(d.Log(), `child failed error="signal: killed"`) })
}

// TestPreforkFailing has children that can no longer serve: the parent tries
// again, but not in a tight loop, and serves when the reason has gone.
func TestPreforkFailing(t *testing.T) {
	box := fixture.Small(t)
	f := newFragile(t)
	d := box.Start(t, f.params("--parallel-type=prefork", "--min-servers=2", "--max-servers=2", "--max-use=2", "--maildir-lock=no")...)
	one, other := fixture.LogIn(t, d), fixture.LogIn(t, d) // Both have read the file.
	one.OK("QUIT")
	other.OK("QUIT")
	f.breakIt()
	fixture.LogIn(t, d).OK("QUIT")
	fixture.LogIn(t, d).OK("QUIT")
	fixture.Eventually(t, "a third attempt", func() bool { return strings.Count(d.Log(), "child failed") >= 3 })
	// 0, 1 and 2 seconds were waited, and each time at most two children were
	// started: all that, and nothing more, is in the log.
	if n := strings.Count(d.Log(), "child failed"); n > 4 {
		t.Errorf("%d ends are logged\n%s", n, d.Log())
	}
	fixture.Logged(t, d, f.file)
	f.mend(d)
}

// TestParentKilled holds that children whose parent was killed end: at once
// those that wait, and those at work when their sessions do.
func TestParentKilled(t *testing.T) {
	for _, kind := range []string{"prefork", "fork"} {
		t.Run(kind, func(t *testing.T) {
			box := fixture.Small(t)
			d, err := daemon.Start(fixture.Program(t, "tpops"), box.Params("--parallel-type="+kind, "--port=127.0.0.1:0")...)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(d.Kill)
			s := fixture.LogIn(t, d)
			s.OK("DELE 1")
			family := fixture.Serving(t, d.PID())
			// Not d.Kill, which waits until no process has its standard error.
			fixture.Signal(t, d, syscall.SIGKILL)
			fixture.Eventually(t, "only the child at work is left", func() bool {
				return len(slices.DeleteFunc(slices.Clone(family), func(pid int) bool { return !fixture.IsAlive(pid) })) == 1
			})
			s.OK("QUIT")
			fixture.Gone(t, family)
			if left := box.Files(t); len(left) != 4 {
				t.Errorf("%d messages are left, want 4", len(left))
			}
		})
	}
}

// TestForkCrash kills the process of one session; the other goes on.
func TestForkCrash(t *testing.T) {
	box := fixture.Small(t)
	d := box.Start(t, "--parallel-type=fork", "--maildir-lock=no")
	one := fixture.LogIn(t, d)
	before := fixture.Serving(t, d.PID())
	two := fixture.LogIn(t, d)
	if err := syscall.Kill(newest(t, before, fixture.Serving(t, d.PID())), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	two.Closed()
	one.OK("STAT")
	one.OK("QUIT")
	fixture.LogIn(t, d).OK("QUIT")
}

// TestProcessesUpgraded has the program's file replaced while it runs: children
// are still of the version that their parent is.
func TestProcessesUpgraded(t *testing.T) {
	for _, kind := range []string{"prefork", "fork"} {
		t.Run(kind, func(t *testing.T) {
			box := fixture.Small(t)
			text, err := os.ReadFile(fixture.Program(t, "tpops"))
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "tpops")
			if err := os.WriteFile(file, text, 0o700); err != nil {
				t.Fatal(err)
			}
			d := fixture.StartProgram(t, file, box.Params("--parallel-type="+kind)...)
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte("#!/bin/false\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			fixture.LogIn(t, d).OK("QUIT")
			fixture.Signal(t, d, syscall.SIGHUP)
			fixture.Eventually(t, "the configuration is read", func() bool { return strings.Contains(d.Log(), "configuration reloaded") })
			fixture.LogIn(t, d).OK("QUIT")
		})
	}
}

// TestForkFailing gives a reason to a client that no child can serve, and does not try
// in a tight loop.
func TestForkFailing(t *testing.T) {
	box := fixture.Small(t)
	f := newFragile(t)
	d := box.Start(t, f.params("--parallel-type=fork")...)
	fixture.LogIn(t, d).OK("QUIT")
	f.breakIt()
	fixture.Eventually(t, "it waits longer and longer", func() bool {
		c, greeting, err := daemon.Dial(d.Addr)
		if err == nil {
			c.Close()
		}
		if err != nil || !strings.HasPrefix(greeting, "-ERR [SYS/TEMP]") {
			t.Errorf("greeting %q, %v", greeting, err)
		}
		return strings.Contains(d.Log(), "wait=2s")
	})
	if n := strings.Count(d.Log(), "server closed"); n > 10 {
		t.Errorf("%d attempts: it does not wait\n%s", n, d.Log())
	}
	f.mend(d)
}

// ids returns the ids of a process in a field of proc_pid_status(5).
func ids(t *testing.T, pid int, field string) []string {
	t.Helper()
	values, err := daemon.Status(pid, field)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// wantIDs holds that all threads of a process are a user with one group, and
// have no capability.
func wantIDs(t *testing.T, pid int, u fixture.SystemUser) {
	t.Helper()
	four := func(id int) string { return strings.Join(slices.Repeat([]string{strconv.Itoa(id)}, 4), "\t") }
	for field, want := range map[string]string{
		"Uid": four(u.UID), "Gid": four(u.GID), "CapEff": "0000000000000000", "CapPrm": "0000000000000000",
	} {
		if got := ids(t, pid, field); !slices.Equal(got, []string{want}) {
			t.Errorf("%s %q, want %q", field, got, want)
		}
	}
	for _, groups := range ids(t, pid, "Groups") {
		if groups != "" && groups != strconv.Itoa(u.GID) {
			t.Errorf("groups %q", groups)
		}
	}
}

// TestForkBecomesOwner looks at the process of a session: after login it is the
// owner of the mailbox, with all ids, and can still delete and log.
func TestForkBecomesOwner(t *testing.T) {
	fixture.NeedRoot(t)
	u := fixture.AddSystemUser(t)
	access := filepath.Join(t.TempDir(), "access")
	d := fixture.Start(t, "--parallel-type=fork", "--auth-type=passwd", "--error-interval=0", "--access-log="+access,
		"--mail-roots="+filepath.Dir(u.Box.Dir))
	s := fixture.Dial(t, d)
	s.OK("USER " + u.Name)
	s.OK("PASS " + u.Password)
	wantIDs(t, fixture.Serving(t, d.PID())[0], u)
	if got := ids(t, d.PID(), "Uid"); got[0] != "0\t0\t0\t0" {
		t.Errorf("the parent is %q", got)
	}
	s.OK("DELE 1")
	s.OK("QUIT")
	fixture.Eventually(t, "the access log has the session", func() bool { return strings.Contains(fixture.Read(t, access), u.Name+" 3 ") })
	if left := u.Box.Files(t); len(left) != 2 {
		t.Errorf("%d messages are left, want 2", len(left))
	}
}

// TestChildrenUserAndGroup looks at children that were started with user and
// group, before anybody has logged in; the parent stays root and can read what
// they cannot.
func TestChildrenUserAndGroup(t *testing.T) {
	fixture.NeedRoot(t)
	for _, kind := range []string{"prefork", "fork"} {
		t.Run(kind, func(t *testing.T) {
			u := fixture.AddSystemUser(t)
			users := fixture.OwnUsers(t, u)
			file := fixture.Write(t, "tpops.toml", "maildir-lock = false\n") // for root alone
			d := fixture.Start(t, "--parallel-type="+kind, "--config="+file, "--user="+u.Name, "--group="+strconv.Itoa(u.GID),
				"--auth-type=passwd-file", "--passwd-file="+users)
			fixture.Dial(t, d)
			for _, pid := range fixture.Serving(t, d.PID()) {
				// One may just have been started in place of the one that the client got.
				fixture.Eventually(t, "no thread of the child is root's", func() bool {
					return !slices.ContainsFunc(ids(t, pid, "Uid"), func(uid string) bool { return strings.HasPrefix(uid, "0\t") })
				})
				wantIDs(t, pid, u)
			}
			fixture.Signal(t, d, syscall.SIGHUP)
			fixture.Eventually(t, "the configuration is read", func() bool { return strings.Contains(d.Log(), "configuration reloaded") })
			s := fixture.LogIn(t, d)
			s.OK("DELE 1")
			s.OK("QUIT")
			if left := u.Box.Files(t); len(left) != 2 {
				t.Errorf("%d messages are left, want 2", len(left))
			}
		})
	}
}

// TestChildrenLogsMovedAway moves the log files of children away that may not
// make new ones.
func TestChildrenLogsMovedAway(t *testing.T) {
	fixture.NeedRoot(t)
	for _, kind := range []string{"prefork", "fork"} {
		t.Run(kind, func(t *testing.T) {
			u := fixture.AddSystemUser(t)
			users := fixture.OwnUsers(t, u)
			logs := t.TempDir() // root's
			fixture.Command(t, "chmod", "755", logs, filepath.Dir(logs))
			access, errorLog := filepath.Join(logs, "access"), filepath.Join(logs, "error")
			params := []string{"--parallel-type=" + kind, "--user=" + u.Name, "--group=" + strconv.Itoa(u.GID),
				"--auth-type=passwd-file", "--passwd-file=" + users, "--access-log=" + access, "--error-log=" + errorLog}
			if kind == "prefork" {
				params = append(params, "--max-use=1")
			}
			d := fixture.Start(t, params...)
			fixture.Dial(t, d) // It has started.
			fixture.Command(t, "mv", access, access+".1")
			fixture.Command(t, "mv", errorLog, errorLog+".1")
			if err := visits(d, 8); err != nil { // more than children wait
				t.Errorf("before the reload: %v", err)
			}
			fixture.Command(t, "mv", access, access+".2")
			fixture.Command(t, "mv", errorLog, errorLog+".2")
			fixture.Signal(t, d, syscall.SIGHUP)
			fixture.Eventually(t, "the configuration is read", func() bool { return strings.Contains(d.Log(), "configuration reloaded") })
			if err := visits(d, 1); err != nil {
				t.Errorf("after the reload: %v", err)
			}
			fixture.Eventually(t, "the access log has a line", func() bool { return strings.Count(fixture.Read(t, access), "\n") == 1 })
		})
	}
}

// TestProcessesNoSecrets looks for a password where other users may.
func TestProcessesNoSecrets(t *testing.T) {
	for _, kind := range []string{"prefork", "fork"} {
		t.Run(kind, func(t *testing.T) {
			const hush = "Hush-hush-2026"
			secret := fixture.Write(t, "secret", hush+"\n")
			d := fixture.Start(t, "--parallel-type="+kind, "--auth-type=mysql", "--mysql-server=/nonexistent/socket",
				"--mysql-db=x", "--mysql-user=x", "--mysql-passwd-file="+secret)
			fixture.Dial(t, d)
			children := fixture.Serving(t, d.PID())
			if len(children) == 0 {
				t.Fatal("no children")
			}
			for _, pid := range children {
				for _, file := range []string{"cmdline", "environ"} {
					text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
					if err == nil && (bytes.Contains(text, []byte(hush)) || bytes.Contains(text, []byte("LISTEN_")) || bytes.Contains(text, []byte("TPOPS_READY"))) {
						t.Errorf("%s of a child: %q", file, text)
					}
				}
				fixture.Eventually(t, "the parameters are closed", func() bool { return !hasMemory(pid) })
			}
		})
	}
}

// hasMemory reports whether a process has the file in memory open that its
// parent passed parameters in.
func hasMemory(pid int) bool {
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	return slices.ContainsFunc(fds, func(fd string) bool {
		target, _ := os.Readlink(fd)
		return strings.Contains(target, "memfd:tpops-child")
	})
}
