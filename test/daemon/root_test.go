//go:build integration

package daemon_test

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

func TestSystemUser(t *testing.T) {
	fixture.NeedRoot(t)
	u := fixture.AddSystemUser(t)
	d := fixture.Start(t, "--auth-type=passwd", "--error-interval=0")
	s := fixture.Dial(t, d)
	s.OK("USER " + u.Name)
	s.Want("PASS "+u.Password, `^\+OK `+u.Name+` has 3 messages`)
	s.OK("DELE 1")
	if _, body, err := s.Multi("RETR 2"); err != nil || len(body) == 0 {
		t.Errorf("RETR: %d octets, %v", len(body), err)
	}
	s.OK("QUIT")
	if left := u.Box.Files(t); len(left) != 2 {
		t.Errorf("%d messages are left, want 2", len(left))
	}
	// What the server made in the Maildir belongs to the user.
	entries, err := os.ReadDir(u.Box.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if uid := int(info.Sys().(*syscall.Stat_t).Uid); uid != u.UID {
			t.Errorf("%s belongs to %d, want %d", e.Name(), uid, u.UID)
		}
	}
	for _, wrong := range []string{"wrong", ""} {
		s := fixture.Dial(t, d)
		s.OK("USER " + u.Name)
		s.Want("PASS "+wrong, "^-ERR")
	}
}

// TestSystemUserLocked tries to log in to an account that is locked.
func TestSystemUserLocked(t *testing.T) {
	fixture.NeedRoot(t)
	u := fixture.AddSystemUser(t)
	d := fixture.Start(t, "--auth-type=passwd", "--error-interval=0")
	for _, lock := range [][]string{{"usermod", "--lock", u.Name}, {"usermod", "--unlock", "--expiredate", "2001-01-01", u.Name}} {
		fixture.Command(t, lock[0], lock[1:]...)
		s := fixture.Dial(t, d)
		s.OK("USER " + u.Name)
		s.Want("PASS "+u.Password, `^-ERR \[AUTH\] authentication failed$`)
	}
}

// TestUserAndGroup looks at every thread of a server that was started with
// user and group: none has anything left of root.
func TestUserAndGroup(t *testing.T) {
	fixture.NeedRoot(t)
	u := fixture.AddSystemUser(t)
	users := filepath.Join(filepath.Dir(u.Box.Dir), "users")
	if err := daemon.WriteUsers(users, daemon.User{Login: fixture.User, Password: "{PLAIN}" + fixture.Password, Maildir: u.Box.Dir}); err != nil {
		t.Fatal(err)
	}
	fixture.Command(t, "chown", u.Name+":", users)
	d := fixture.Start(t, "--user="+u.Name, "--group="+strconv.Itoa(u.GID), "--auth-type=passwd-file", "--passwd-file="+users)
	s := fixture.LogIn(t, d)
	s.OK("DELE 1")
	for field, want := range map[string]string{
		"Uid": fixture.Four(u.UID), "Gid": fixture.Four(u.GID), "CapEff": "0000000000000000", "CapPrm": "0000000000000000",
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
		if g != "" && g != strconv.Itoa(u.GID) {
			t.Errorf("a thread has the groups %q", g)
		}
	}
	s.OK("QUIT")
	if left := u.Box.Files(t); len(left) != 2 {
		t.Errorf("%d messages are left, want 2", len(left))
	}
}
