//go:build integration

package mysql

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/pkg/setup"
	"tpops/test/mariadb"
)

// setupMachine is a machine whose database server is the one of the test.
func setupMachine(t *testing.T, s *mariadb.Server) string {
	t.Helper()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "run/mysqld"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(s.Socket, filepath.Join(root, "run/mysqld/mysqld.sock")); err != nil {
		t.Fatal(err)
	}
	return root
}

// planSetup plans users in the database, with carol as the first.
func planSetup(t *testing.T, root string, change func(c *setup.Choice)) (*setup.Plan, error) {
	t.Helper()
	m, err := setup.Look(setup.Source{Root: root, Hostname: "mail.example.org", IsSystemd: true, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if m.Database == "" {
		t.Fatal("the database was not found")
	}
	c := m.Choice()
	c.Users, c.First = setup.UsersMySQL, setup.FirstUser{Login: "carol", Password: "it's \\ secret"}
	c.MySQL.User, c.MySQL.DB = "setup", "setup_mail"
	change(c)
	return setup.Make(t.Context(), m, c)
}

func asPlanned(*setup.Choice) {}

// applySetup applies a plan but for its commands. No step may contain the text unneeded,
// unless that is empty.
func applySetup(t *testing.T, root, unneeded string) {
	t.Helper()
	p, err := planSetup(t, root, asPlanned)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Apply(t.Context(), func(context.Context, []string, string) error { return nil }, func(text string) {
		if unneeded != "" && strings.Contains(text, unneeded) {
			t.Errorf("the plan has the step %q", text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSetupDatabase has setup create the database, its user and a first user, repeat
// that, complete what is half made, and keep off what it does not know.
func TestSetupDatabase(t *testing.T) {
	s := mariadb.New(t, false)
	root := setupMachine(t, s)
	applySetup(t, root, "")
	password, err := os.ReadFile(filepath.Join(root, "etc/tpops/mysql-passwd"))
	if err != nil || len(password) < 20 {
		t.Fatalf("password %q, %v", password, err)
	}
	if info, err := os.Stat(filepath.Join(root, "etc/tpops/mysql-passwd")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	row := s.Query("select concat(login,' ',left(passwd,15),' ',mail,' ',maildir) from setup_mail.user")
	if row != "carol {SCRAM-SHA-256} carol@mail.example.org /var/vmail/carol" {
		t.Errorf("row %q", row)
	}

	hash := s.Query("select passwd from setup_mail.user")
	applySetup(t, root, "create setup_mail")
	if again := s.Query("select passwd from setup_mail.user"); again != hash {
		t.Error("a second run has changed the password of carol")
	}
	if kept, err := os.ReadFile(filepath.Join(root, "etc/tpops/mysql-passwd")); err != nil || string(kept) != string(password) {
		t.Errorf("a second run has changed the password: %v", err)
	}

	s.Exec("revoke all privileges, grant option from setup@localhost")
	applySetup(t, root, "")
	applySetup(t, root, "create setup_mail")
	s.Exec("drop user setup@localhost")
	applySetup(t, root, "")
	applySetup(t, root, "create setup_mail")

	if _, err := planSetup(t, root, func(c *setup.Choice) { c.MySQL.Password = "s3cret" }); err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "the database has the user setup") {
		t.Errorf("another password: %v", err)
	}
	if err := errors.Join(os.Remove(filepath.Join(root, "etc/tpops/mysql-passwd")), os.Remove(filepath.Join(root, "etc/tpops/tpops.toml"))); err != nil {
		t.Fatal(err)
	}
	if _, err := planSetup(t, root, asPlanned); err == nil || !strings.Contains(err.Error(), "the database has the user setup") {
		t.Errorf("a password that is not known: %v", err)
	}
}
