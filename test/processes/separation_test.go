//go:build integration

package processes

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
	"tpops/test/trace"
)

// misdeed is a system call that a session makes when somebody else has taken it
// over.
type misdeed struct {
	name string
	path string // the first argument, or the second after AT_FDCWD, if it is not ""
	call [4]uint64
	want syscall.Errno // once the client has logged in
}

// openPath is openat(AT_FDCWD, path, flags).
func openPath(name, path string, flags uint64, want syscall.Errno) misdeed {
	const here = ^uint64(99) // AT_FDCWD, -100
	return misdeed{name, path, [4]uint64{unix.SYS_OPENAT, here, 0, flags}, want}
}

// try has the process do it and returns what the call returned.
func (m misdeed) try(t *testing.T, pid int) int64 {
	t.Helper()
	got, err := int64(0), error(nil)
	fixture.Eventually(t, "the thread is in a system call", func() bool {
		if m.path == "" {
			got, err = trace.Call(pid, m.call)
		} else {
			got, err = trace.CallPath(pid, m.path, 2, m.call)
		}
		return !errors.Is(err, unix.ESRCH)
	})
	if err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	return got
}

// TestSeparation has the process of one session, with two virtual users who
// share a uid, do what only an attacker would who has taken it over. Until the
// client has logged in it could read all mail; from then on it reads one
// mailbox.
func TestSeparation(t *testing.T) {
	fixture.NeedRoot(t)
	if !trace.Supported {
		t.Skip("system calls of another process: written for amd64 only")
	}
	t.Run("inetd", func(t *testing.T) {
		box := fixture.Small(t)
		s, cmd := fixture.StartInetd(t, box.Params()...)
		separate(t, box, s, cmd.Process.Pid)
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	t.Run("fork", func(t *testing.T) {
		box := fixture.Small(t)
		d := box.Start(t, "--parallel-type=fork")
		s := fixture.Dial(t, d)
		separate(t, box, s, fixture.Serving(t, d.PID())[0])
	})
}

// separate tries it with the process of a session before and after login, and
// ends the session.
func separate(t *testing.T, box fixture.Mailbox, s fixture.Session, pid int) {
	t.Helper()
	others := filepath.Join(t.TempDir(), "Maildir")
	if err := corpus.Write(others, []corpus.Message{{Name: "cur/1.secret:2,", Data: []byte("Subject: s\n")}}); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(others, "cur/1.secret:2,")
	if got := openPath("", secret, unix.O_RDONLY, 0).try(t, pid); got < 0 {
		t.Fatalf("before login another's mail cannot be opened either (%v): this test shows nothing", syscall.Errno(-got))
	}
	if got := (misdeed{"execve", "", [4]uint64{unix.SYS_EXECVE}, 0}).try(t, pid); got != -int64(unix.EPERM) {
		t.Errorf("before login: execve returns %d, want EPERM", got)
	}
	s.OK("USER " + fixture.User)
	s.OK("PASS " + fixture.Password)
	for _, m := range []misdeed{
		openPath("another's message", secret, unix.O_RDONLY, unix.EACCES),
		openPath("another's message, for writing", secret, unix.O_WRONLY, unix.EACCES),
		openPath("another's Maildir", filepath.Join(others, "cur"), unix.O_RDONLY|unix.O_DIRECTORY, unix.EACCES),
		openPath("a new message for another", filepath.Join(others, "new/1"), unix.O_WRONLY|unix.O_CREAT, unix.EACCES),
		openPath("the file of users", box.Users, unix.O_RDONLY, unix.EACCES),
		openPath("the system's passwords", "/etc/shadow", unix.O_RDONLY, unix.EACCES),
		openPath("the configuration", "/etc/hostname", unix.O_RDONLY, unix.EACCES),
		openPath("the memory of another process", "/proc/1/mem", unix.O_RDONLY, unix.EACCES),
		openPath("its own mail", filepath.Join(box.Dir, "cur"), unix.O_RDONLY|unix.O_DIRECTORY, 0),
		{"a program", "", [4]uint64{unix.SYS_EXECVE}, unix.EPERM},
		{"a connection over the network", "", [4]uint64{unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, 0}, unix.EPERM},
		{"another process's end", "", [4]uint64{unix.SYS_KILL, uint64(os.Getpid()), 0}, unix.EPERM},
		{"root again", "", [4]uint64{unix.SYS_SETRESUID, 0, 0, 0}, unix.EPERM},
		{"a debugger", "", [4]uint64{unix.SYS_PTRACE, unix.PTRACE_ATTACH, uint64(os.Getpid()), 0}, unix.EPERM},
	} {
		got := m.try(t, pid)
		if m.want == 0 && got < 0 || m.want != 0 && got != -int64(m.want) {
			t.Errorf("%s: returns %d, want %v", m.name, got, m.want)
		}
	}
	// It serves on as if nothing had been.
	s.OK("DELE 1")
	if _, body, err := s.Multi("RETR 2"); err != nil || len(body) == 0 {
		t.Errorf("RETR: %d octets, %v", len(body), err)
	}
	s.OK("QUIT")
	if left := box.Files(t); len(left) != 4 {
		t.Errorf("%d messages are left, want 4", len(left))
	}
}

// TestSeparationOwner looks at what the process of one session has left of the
// rights with which it was started, when its client has logged in as a user of
// the system.
func TestSeparationOwner(t *testing.T) {
	fixture.NeedRoot(t)
	u := fixture.AddSystemUser(t)
	s, cmd := fixture.StartInetd(t, "--auth-type=passwd")
	s.OK("USER " + u.Name)
	s.OK("PASS " + u.Password)
	want := map[string]string{
		"Uid": fixture.Four(u.UID), "Gid": fixture.Four(u.GID), "CapEff": "0000000000000000", "CapPrm": "0000000000000000",
		"NoNewPrivs": "1", "Seccomp": "2",
	}
	for field, value := range want {
		threads, err := daemon.Status(cmd.Process.Pid, field)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range threads {
			if got != value {
				t.Errorf("a thread has %s %q, want %q", field, got, value)
			}
		}
	}
	s.OK("DELE 1")
	s.OK("QUIT")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if left := u.Box.Files(t); len(left) != 2 {
		t.Errorf("%d messages are left, want 2", len(left))
	}
}

// TestSeparationLeft looks at what the process of one session has open, when its
// client has logged in: nothing that leads to PAM, to login-hook, or to what is
// remembered of other clients.
func TestSeparationLeft(t *testing.T) {
	service := fixture.NewService(t, "auth required pam_unix.so", "account required pam_unix.so")
	u := fixture.AddSystemUser(t)
	hook, _ := fixture.HookScript(t, "exit 0")
	d := fixture.StartPAM(t, service, "--parallel-type=fork", "--login-hook="+hook)
	s := fixture.Dial(t, d)
	pid := fixture.Serving(t, d.PID())[0]
	before := opened(t, pid)
	if before["/memfd:tpops-guard"] != 1 {
		t.Fatalf("before login: %v: this test shows nothing", before)
	}
	s.OK("USER " + u.Name)
	s.OK("PASS " + u.Password)
	fixture.Eventually(t, "what is for others is closed", func() bool {
		after := opened(t, pid)
		return after["pipe:"] == before["pipe:"]-2 && after["socket:"] == before["socket:"]-1 && after["/memfd:tpops-guard"] == 0
	})
	if maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid)); err != nil || strings.Contains(string(maps), "tpops-guard") {
		t.Errorf("the memory of the guard is still there: %v", err)
	}
	s.OK("QUIT")
}

// opened returns how many descriptors of each kind a process has.
func opened(t *testing.T, pid int) map[string]int {
	t.Helper()
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, link := range links {
		if name, err := os.Readlink(link); err == nil { // It may be closed meanwhile.
			kind, _, _ := strings.Cut(name, "[")
			kind, _, _ = strings.Cut(kind, " (deleted)")
			kinds[kind]++
		}
	}
	return kinds
}
