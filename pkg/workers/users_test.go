package workers

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/memfd"
	"tpops/pkg/pop3"
)

// shareUsers does in a child what package passwdfile does: it writes passwd-file to Users,
// or uses what another child has written. CAPA shows the content. A file with
// the text bad cannot replace another.
func shareUsers(c *Child, b *pop3.Backend) error {
	if c.Users == nil {
		return nil
	}
	if !memfd.IsSealed(c.Users) {
		text, err := os.ReadFile(c.Config.Users.PasswdFile)
		if err == nil && string(text) == "bad" && c.UsersBefore != nil && memfd.IsSealed(c.UsersBefore) {
			err = errors.New("the users are bad")
		}
		if err != nil {
			return err
		}
		_, err = c.Users.Write(text)
		return errors.Join(err, memfd.Seal(c.Users))
	}
	text, err := io.ReadAll(io.NewSectionReader(c.Users, 0, 100))
	b.Implementation = "test " + string(text)
	c.CloseUsers()
	return err
}

// writeUsers replaces a passwd-file.
func writeUsers(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path+".new", []byte(text), 0o600), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
}

// users returns the users of a new session, "" without any.
func (r *run) users() string {
	c := r.dial()
	c.ask("", "+OK")
	c.ask("CAPA", "+OK")
	users := ""
	for line := ""; line != ".\r\n"; {
		var err error
		if line, err = c.in.ReadString('\n'); err != nil {
			r.t.Fatal(err)
		}
		if text, ok := strings.CutPrefix(line, "IMPLEMENTATION test "); ok {
			users = strings.TrimSpace(text)
		}
	}
	c.ask("QUIT", "+OK")
	return users
}

// The probe writes the users to a file for the other children. After a change another
// child does, and children that have the users of before are replaced.
func TestUsersRefreshed(t *testing.T) {
	eachParent(t, func(t *testing.T, kind string) {
		path := filepath.Join(t.TempDir(), "users")
		writeUsers(t, path, "one")
		r := start(t, kind, "--auth-type=passwd-file", "--passwd-file="+path)
		if users := r.users(); users != "one" {
			t.Errorf("the first users: %q", users)
		}
		writeUsers(t, path, "two")
		eventually(t, "the new users", func() bool { return r.users() == "two" })
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if users := r.users(); users != "two" {
			t.Errorf("without the file: %q", users)
		}
	})
}

// If the users cannot be read after a change, children keep those of before. The reason is
// logged once.
func TestUsersRefreshFails(t *testing.T) {
	eachParent(t, func(t *testing.T, kind string) {
		path := filepath.Join(t.TempDir(), "users")
		writeUsers(t, path, "one")
		r := start(t, kind, "--auth-type=passwd-file", "--passwd-file="+path)
		writeUsers(t, path, "bad")
		const want = `msg="passwd-file reload failed" reason="the users are bad"`
		eventually(t, "the reason is logged", func() bool { return strings.Contains(r.log.String(), want) })
		if users := r.users(); users != "one" {
			t.Errorf("the users of before: %q", users)
		}
		r.do(func() { parentOf(r.Model).logUsers(errors.New("the users are bad")) })
		if n := strings.Count(r.log.String(), want); n != 1 {
			t.Errorf("the reason is logged %d times", n)
		}
	})
}

// A reload reads the users that the new configuration names.
func TestUsersReloaded(t *testing.T) {
	eachParent(t, func(t *testing.T, kind string) {
		path := filepath.Join(t.TempDir(), "users")
		writeUsers(t, path, "one")
		writeUsers(t, path+".other", "other")
		r := start(t, kind, "--auth-type=passwd-file", "--passwd-file="+path)
		if err := r.Reload(load(t, "--parallel-type="+kind, "--auth-type=passwd-file", "--passwd-file="+path+".other")); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the users of the new configuration", func() bool { return r.users() == "other" })
		if err := r.Reload(load(t, "--parallel-type="+kind)); err != nil {
			t.Fatal(err)
		}
		eventually(t, "no users", func() bool { return r.users() == "" })
	})
}

// parentOf returns what prefork and fork have in common.
func parentOf(m Model) *parent {
	if f, ok := m.(*fork); ok {
		return f.parent
	}
	return m.(*parent)
}
