//go:build integration

package test

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tpops/test/corpus"
	"tpops/test/daemon"
)

// systemUser is a user of this machine, for the time of a test.
type systemUser struct {
	name, password string
	uid, gid       int
	box            mailbox
}

// addSystemUser adds a user with three messages in ~/Maildir.
func addSystemUser(t *testing.T) systemUser {
	t.Helper()
	var random [3]byte
	rand.Read(random[:])
	u := systemUser{name: "tpops-test-" + hex.EncodeToString(random[:]), password: "system pass"}
	// Not t.TempDir, whose parent lets no other user through.
	home, err := os.MkdirTemp("", "tpops-home-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	hash, err := exec.Command("mkpasswd", "--method=sha512crypt", u.password).Output()
	if err != nil {
		t.Fatal(err)
	}
	command(t, "useradd", "--no-create-home", "--home-dir", home, "--shell", "/bin/sh",
		"--password", strings.TrimSpace(string(hash)), u.name)
	t.Cleanup(func() { command(t, "userdel", u.name) })
	u.box.dir = filepath.Join(home, "Maildir")
	if err := corpus.Write(u.box.dir, corpus.Messages(4, 3)); err != nil {
		t.Fatal(err)
	}
	command(t, "chown", "-R", u.name+":", home)
	info, err := os.Stat(home)
	if err != nil {
		t.Fatal(err)
	}
	u.uid, u.gid = int(info.Sys().(*syscall.Stat_t).Uid), int(info.Sys().(*syscall.Stat_t).Gid)
	return u
}

// command runs a program that has to succeed.
func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// tpopsPasswd adds an entry to a file of secrets.
func tpopsPasswd(t *testing.T, args ...string) {
	t.Helper()
	command(t, program(t, "tpops_passwd"), args...)
}

func TestSystemUser(t *testing.T) {
	needRoot(t)
	u := addSystemUser(t)
	d := start(t, "--auth-type=passwd", "--error-interval=0")
	s := dial(t, d)
	s.ok("USER " + u.name)
	s.want("PASS "+u.password, `^\+OK `+u.name+` has 3 messages`)
	s.ok("DELE 1")
	if _, body, err := s.Multi("RETR 2"); err != nil || len(body) == 0 {
		t.Errorf("RETR: %d octets, %v", len(body), err)
	}
	s.ok("QUIT")
	if left := u.box.files(t); len(left) != 2 {
		t.Errorf("%d messages are left, want 2", len(left))
	}
	// What the server made in the Maildir belongs to the user.
	entries, err := os.ReadDir(u.box.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if uid := int(info.Sys().(*syscall.Stat_t).Uid); uid != u.uid {
			t.Errorf("%s belongs to %d, want %d", e.Name(), uid, u.uid)
		}
	}
	for _, wrong := range []string{"wrong", ""} {
		s := dial(t, d)
		s.ok("USER " + u.name)
		s.want("PASS "+wrong, "^-ERR")
	}
}

// TestSystemUserLocked tries to log in to an account that is locked.
func TestSystemUserLocked(t *testing.T) {
	needRoot(t)
	u := addSystemUser(t)
	d := start(t, "--auth-type=passwd", "--error-interval=0")
	for _, lock := range [][]string{{"usermod", "--lock", u.name}, {"usermod", "--unlock", "--expiredate", "2001-01-01", u.name}} {
		command(t, lock[0], lock[1:]...)
		s := dial(t, d)
		s.ok("USER " + u.name)
		s.want("PASS "+u.password, `^-ERR \[AUTH\] authentication failed$`)
	}
}

// four returns an id as /proc has it: real, effective, saved, and for files.
func four(id int) string { return strings.Join(slices.Repeat([]string{strconv.Itoa(id)}, 4), "\t") }

// TestUserAndGroup looks at every thread of a server that was started with
// user and group: none has anything left of root.
func TestUserAndGroup(t *testing.T) {
	needRoot(t)
	u := addSystemUser(t)
	users := filepath.Join(filepath.Dir(u.box.dir), "users")
	if err := daemon.WriteUsers(users, daemon.User{Login: login, Password: "{PLAIN}" + password, Maildir: u.box.dir}); err != nil {
		t.Fatal(err)
	}
	command(t, "chown", u.name+":", users)
	d := start(t, "--user="+u.name, "--group="+strconv.Itoa(u.gid), "--auth-type=passwd-file", "--passwd-file="+users)
	s := logIn(t, d)
	s.ok("DELE 1")
	for field, want := range map[string]string{
		"Uid": four(u.uid), "Gid": four(u.gid), "CapEff": "0000000000000000", "CapPrm": "0000000000000000",
	} {
		values, err := daemon.Status(d.PID(), field)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if v != want {
				t.Errorf("a thread has %s %q, want %q", field, v, want)
			}
		}
	}
	groups, err := daemon.Status(d.PID(), "Groups")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		if g != "" && g != strconv.Itoa(u.gid) {
			t.Errorf("a thread has the groups %q", g)
		}
	}
	s.ok("QUIT")
	if left := u.box.files(t); len(left) != 2 {
		t.Errorf("%d messages are left, want 2", len(left))
	}
}
