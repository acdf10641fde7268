package userdb

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/config"
	"tpops/pkg/password"
)

// load returns the configuration of options.
func load(t *testing.T, params ...string) *config.Config {
	t.Helper()
	c, err := config.Load(config.Source{Args: params, Hostname: "host", DefaultFile: filepath.Join(t.TempDir(), "none")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// writeFile returns the path of a new file.
func writeFile(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func newEnvironment() *Environment {
	return &Environment{Verifier: password.NewVerifier(), PAM: &PAM{}, Log: slog.New(slog.DiscardHandler)}
}

// TestOpenPasswdFile checks that the rows are used, and that lines with errors are
// returned.
func TestOpenPasswdFile(t *testing.T) {
	file := writeFile(t, "ann:{PLAIN}x::::/home/ann::\nbroken line\n")
	d, err := Open(load(t, "--auth-type=passwd-file", "--passwd-file="+file), newEnvironment())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if len(d.All) != 1 || len(d.Problems) != 1 || !strings.Contains(d.Problems[0].String(), "2") {
		t.Errorf("%d databases, problems %v", len(d.All), d.Problems)
	}
	user, err := d.All[0].Find(t.Context(), "ann")
	if err != nil || user == nil {
		t.Errorf("%v, %v", user, err)
	}
}

// TestOpenReportsAll checks that the error has each database that cannot be used.
func TestOpenReportsAll(t *testing.T) {
	c := load(t, "--auth-type=passwd-file,mysql,pam", "--passwd-file=/nonexistent/users", "--pam-service=nosuchservice",
		"--mysql-server=db.example.org", "--mysql-db=mail", "--mysql-tls=yes", "--mysql-tls-ca=/nonexistent/ca.pem")
	_, err := Open(c, newEnvironment())
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"/nonexistent/users", "/nonexistent/ca.pem", "pam-service: there is no /etc/pam.d/nosuchservice"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
}

// TestOpenPasswdReportsSecrets checks that a missing file of APOP secrets is an error
// of its own.
func TestOpenPasswdReportsSecrets(t *testing.T) {
	_, err := Open(load(t, "--auth-type=passwd", "--apop-passwd-file=/nonexistent/secrets"), newEnvironment())
	if err == nil || !strings.Contains(err.Error(), "/nonexistent/secrets") {
		t.Errorf("%v", err)
	}
}

// TestOpenLocators checks that a proxy asks no database of system users.
func TestOpenLocators(t *testing.T) {
	file := writeFile(t, "ann:{PLAIN}x:::::pop-server=192.0.2.1\n")
	c := load(t, "--auth-type=passwd,passwd-file", "--passwd-file="+file, "--mailbox-type=proxy", "--pop-server=192.0.2.2")
	d, err := OpenLocators(c, newEnvironment())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if len(d.All) != 1 || len(d.Locators()) != 1 {
		t.Fatalf("%d databases, %d locators", len(d.All), len(d.Locators()))
	}
	for login, want := range map[string]string{"ann": "192.0.2.1", "bob": ""} {
		account, err := d.Locators()[0].Locate(t.Context(), login)
		if err != nil || (account == nil) != (want == "") || account != nil && !strings.Contains(account.PopServer, want) {
			t.Errorf("%s: %+v, %v", login, account, err)
		}
	}
}

func TestHasVirtualUsers(t *testing.T) {
	for names, want := range map[string]bool{"passwd": false, "pam": false, "passwd pam": false, "mysql": true, "passwd passwd-file": true, "": false} {
		c := &config.Config{Users: config.Users{AuthType: strings.Fields(names)}}
		if got := HasVirtualUsers(c); got != want {
			t.Errorf("%q: %v", names, got)
		}
	}
}

func TestUnknownAuthType(t *testing.T) {
	c := &config.Config{Users: config.Users{AuthType: []string{"ldap"}}}
	if _, err := Open(c, newEnvironment()); err == nil || !strings.Contains(err.Error(), "ldap") {
		t.Errorf("%v", err)
	}
}

// TestMySQLPing checks that a database which does not answer is logged, and only if
// the process tests it.
func TestMySQLPing(t *testing.T) {
	c := load(t, "--auth-type=mysql", "--mysql-server="+filepath.Join(t.TempDir(), "socket"), "--mysql-db=mail")
	if got := Sockets(c); len(got) != 1 || got[0] != c.MySQL.Server[0] {
		t.Errorf("the sockets are %v", got)
	}
	for _, tested := range []bool{true, false} {
		var text bytes.Buffer
		env := newEnvironment()
		env.Log = slog.New(slog.NewTextHandler(&text, nil))
		if tested {
			env.Background = func(f func()) { f() }
		}
		d, err := Open(c, env)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(text.String(), "database unreachable"); got != tested {
			t.Errorf("tested %v, logged %q", tested, text.String())
		}
		d.Close()
	}
}

// TestCloseLogs checks that an error of closing is logged.
func TestCloseLogs(t *testing.T) {
	var text bytes.Buffer
	d := &Databases{log: slog.New(slog.NewTextHandler(&text, nil)), closers: []func() error{func() error { return os.ErrClosed }}}
	d.Close()
	if !strings.Contains(text.String(), "database connection not closed") {
		t.Errorf("logged %q", text.String())
	}
	(*Databases)(nil).Close()
}
