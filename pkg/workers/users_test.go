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
// or uses what another child has written. The greeting shows the content. A file with
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
	b.Hostname = string(text)
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

// greeting returns the greeting of a new session.
func (r *run) greeting() string {
	c := r.dial()
	line, err := c.in.ReadString('\n')
	if err != nil {
		r.t.Fatal(err)
	}
	c.ask("QUIT", "+OK")
	return line
}

// The probe writes the users to a file for the other children. After a change another
// child does, and children that have the users of before are replaced.
func TestUsersRefreshed(t *testing.T) {
	eachParent(t, func(t *testing.T, kind string) {
		path := filepath.Join(t.TempDir(), "users")
		writeUsers(t, path, "one")
		r := start(t, kind, "--auth-type=passwd-file", "--passwd-file="+path)
		if line := r.greeting(); !strings.Contains(line, "@one>") {
			t.Errorf("the first users: %q", line)
		}
		writeUsers(t, path, "two")
		eventually(t, "the new users", func() bool { return strings.Contains(r.greeting(), "@two>") })
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if line := r.greeting(); !strings.Contains(line, "@two>") {
			t.Errorf("without the file: %q", line)
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
		if line := r.greeting(); !strings.Contains(line, "@one>") {
			t.Errorf("the users of before: %q", line)
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
		eventually(t, "the users of the new configuration", func() bool { return strings.Contains(r.greeting(), "@other>") })
		if err := r.Reload(load(t, "--parallel-type="+kind)); err != nil {
			t.Fatal(err)
		}
		eventually(t, "no users", func() bool { return strings.Contains(r.greeting(), "@test.example.org>") })
	})
}

// parentOf returns what prefork and fork have in common.
func parentOf(m Model) *parent {
	if f, ok := m.(*fork); ok {
		return f.parent
	}
	return m.(*parent)
}
