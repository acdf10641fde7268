package backend

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/backend/scramstate"
	"tpops/pkg/backend/userdb"
	"tpops/pkg/certs/certstest"
	"tpops/pkg/config"
	"tpops/pkg/guard"
	"tpops/pkg/pop3"
)

// load returns the configuration of options.
func load(t *testing.T, params ...string) *config.Config {
	t.Helper()
	c, err := config.Load(config.Source{Args: params, Hostname: "test.example.org", DefaultFile: filepath.Join(t.TempDir(), "none")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// write returns the path of a new file.
func write(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return name
}

func newEnvironment() *Environment {
	return &Environment{
		Implementation: "TPOPS-test", Log: slog.New(slog.DiscardHandler), Verifier: NewVerifier(&scramstate.State{}, nil), PAM: &userdb.PAM{},
	}
}

// mechanismNames returns the mechanisms that a session without TLS offers.
func mechanismNames(b *Backend) string {
	var names []string
	for _, m := range b.Mechanisms {
		if m.Usable(&pop3.Channel{}) {
			names = append(names, m.Name)
		}
	}
	return strings.Join(names, " ")
}

// TestOpenPasswdFile checks the backend of a passwd-file: its user can log in and has
// a mailbox.
func TestOpenPasswdFile(t *testing.T) {
	home := t.TempDir()
	for _, folder := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(home, "Maildir", folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	file := write(t, "ann:{PLAIN}x::::"+home+"::\nbroken line\n", 0o600)
	b, err := Open(load(t, "--auth-type=passwd-file", "--passwd-file="+file, "--mail-roots="+home), newEnvironment())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	if !b.PerUser || b.Certificates != nil || b.TLS != nil || b.LoggedIn != nil || b.Guard != nil || len(b.Problems) != 1 {
		t.Errorf("%+v", b)
	}
	account, err := b.Authenticator.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "x"})
	if err != nil {
		t.Fatal(err)
	}
	mailbox, err := b.Backend.Open(t.Context(), account, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := mailbox.Close(); err != nil {
		t.Error(err)
	}
}

// TestOpenReportsAll checks that the error has each file that cannot be used, and not
// only the first one.
func TestOpenReportsAll(t *testing.T) {
	_, err := Open(load(t, "--tls-cert=/nonexistent/cert.pem", "--tls-key=/nonexistent/key.pem",
		"--auth-type=passwd-file", "--passwd-file=/nonexistent/users",
		"--oauth-tokens=jwks", "--oauth-issuer=x", "--oauth-audience=x", "--oauth-jwks-file=/nonexistent/keys"), newEnvironment())
	for _, want := range []string{"TLS: ", "/nonexistent/cert.pem", "/nonexistent/users", "/nonexistent/keys"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

// TestOpenReleasesAfterError checks that the users are closed if a mechanism cannot
// work.
func TestOpenReleasesAfterError(t *testing.T) {
	b, err := Open(load(t, "--auth-type=mysql", "--mysql-server=/nonexistent", "--mysql-db=mail",
		"--mysql-crypt-passwd=yes", "--sasl-mechanisms=CRAM-MD5"), newEnvironment())
	if b != nil || err == nil || !strings.Contains(err.Error(), "CRAM-MD5 cannot work") {
		t.Errorf("%v, %v", b, err)
	}
}

// TestAuthCache checks that auth-cache accepts a password again without the database.
func TestAuthCache(t *testing.T) {
	for seconds, want := range map[string]bool{"0": false, "60": true} {
		file := write(t, "ann:{PLAIN}x::::/home/ann::\n", 0o600)
		b, err := Open(load(t, "--auth-type=passwd-file", "--passwd-file="+file, "--auth-cache="+seconds), newEnvironment())
		if err != nil {
			t.Fatal(err)
		}
		if _, got := b.Authenticator.(*auth.Cache); got != want {
			t.Errorf("auth-cache = %s: a cache %v", seconds, got)
		}
		b.Release()
	}
}

// TestAPOP checks for how many users APOP must work to be offered.
func TestAPOP(t *testing.T) {
	const clear, hashed = "ann:{PLAIN}x::::/home/ann::\n", "bob:$6$bo/ssIfkwOIwId3i$.yLH6eFNVT2MYvo79ggeP69.eCQfq/seIZ5ZKD7AvzsDkln9URnB1cnFapBmxqlf3p0r27vH36rIwnG1LX/c4.::::/home/bob::\n"
	for rows, want := range map[string]bool{clear: true, hashed: false, clear + hashed: false} {
		b, err := Open(load(t, "--auth-type=passwd-file", "--passwd-file="+write(t, rows, 0o600)), newEnvironment())
		if err != nil {
			t.Fatal(err)
		}
		if got := b.ForDigest(); got != want {
			t.Errorf("%q: %v", rows, got)
		}
		b.Release()
	}
	c := &config.Config{Users: config.Users{APOPPasswdFile: "/x"}}
	if requiredForAPOP(c) >= requiredForAPOP(&config.Config{}) {
		t.Error("apop-passwd-file does not change it")
	}
}

// TestCertificates checks that a key which all users can read is logged, except in a
// child process.
func TestCertificates(t *testing.T) {
	issued := certstest.NewAuthority(t).Issue(t, certstest.Leaf{Names: []string{"test.example.org"}})
	both := write(t, string(issued.Cert)+string(issued.Key), 0o600)
	if err := os.Chmod(both, 0o644); err != nil {
		t.Fatal(err)
	}
	file := write(t, "", 0o600)
	for _, child := range []bool{false, true} {
		for version, want := range map[string]uint16{"1.2": 0x303, "1.3": 0x304} {
			var text bytes.Buffer
			env := newEnvironment()
			env.Log, env.Child = slog.New(slog.NewTextHandler(&text, nil)), child
			b, err := Open(load(t, "--auth-type=passwd-file", "--passwd-file="+file, "--tls-cert="+both, "--tls-min-version="+version), env)
			if err != nil {
				t.Fatal(err)
			}
			if b.TLS.MinVersion != want || b.Certificates == nil {
				t.Errorf("TLS %x, want %x", b.TLS.MinVersion, want)
			}
			if got := strings.Contains(text.String(), "parameter=tls-key"); got == child {
				t.Errorf("child %v, logged %q", child, text.String())
			}
			b.Release()
		}
	}
}

// TestLimits checks which clients the guard does not count, and the default of
// max-before-login.
func TestLimits(t *testing.T) {
	c := load(t, "--max-servers=9", "--guard-exempt=192.0.2.1", "--proxy-protocol-from=192.0.2.2", "--xclient-from=192.0.2.3", "--max-per-user=7")
	got := Limits(c)
	if got.BeforeLogin != 5 || got.PerUser != 7 || len(got.Exempt) != 3 {
		t.Errorf("%+v", got)
	}
	if got := Limits(load(t, "--max-servers=9", "--max-before-login=2")); got.BeforeLogin != 2 {
		t.Errorf("%+v", got)
	}
}

// TestMaildirFirstUID checks that no mailbox below first-uid is opened, except that of
// the process's own user.
func TestMaildirFirstUID(t *testing.T) {
	c := load(t)
	c.Users.FirstUID = 1 << 30
	open := OpenMaildir(c, slog.New(slog.DiscardHandler), Kept{})
	if _, err := open(t.Context(), &pop3.Account{Name: "ann", UID: os.Geteuid() + 1, Maildrop: t.TempDir()}, nil); err == nil || !strings.Contains(err.Error(), "is below first-uid") {
		t.Errorf("%v", err)
	}
	if _, err := ResumeMaildir(c, slog.New(slog.DiscardHandler), nil)(&pop3.Account{UID: -1}, []byte("x"), nil); err == nil {
		t.Error("a malformed state is no error")
	}
}

// TestRights checks what a process keeps, and what it closes after a login.
func TestRights(t *testing.T) {
	memory, err := guard.New(10)
	if err != nil {
		t.Fatal(err)
	}
	env := newEnvironment()
	env.Guard = memory
	c := load(t, "--auth-type=mysql", "--mysql-server=/run/mysqld/mysqld.sock", "--mysql-db=mail", "--mail-roots=/srv/mail")
	r := Rights(c, env, "/run/tpops.pid", "")
	if !reflect.DeepEqual(r.Policy.Write, []string{"/srv/mail", "/run/tpops.pid"}) || !reflect.DeepEqual(r.Policy.Sockets, []string{"/run/mysqld/mysqld.sock"}) {
		t.Errorf("%+v", r.Policy)
	}
	r.ClosePAM()
	r.Finish()
	if _, err := memory.File().Stat(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the guard's memory is still open after the login: %v", err)
	}
}

// TestNewVerifier checks that salts of unknown users follow from the secret.
func TestNewVerifier(t *testing.T) {
	secret := bytes.Repeat([]byte("x"), 32)
	if !bytes.Equal(NewVerifier(&scramstate.State{Salts: secret}, nil).Salts(), secret) {
		t.Error("the secret is not used")
	}
	if bytes.Equal(NewVerifier(&scramstate.State{}, nil).Salts(), NewVerifier(&scramstate.State{}, nil).Salts()) {
		t.Error("two processes have the same secret by chance")
	}
}

// TestParameters checks some values of sessions.
func TestParameters(t *testing.T) {
	b := parameters(load(t, "--expire=never", "--command-timeout=77", "--error-interval-for=all", "--login-hook=/bin/true"), newEnvironment())
	if b.Expire != "NEVER" || b.CommandTimeout != 77*time.Second || !b.DelayAll || b.Implementation != "TPOPS-test" || b.LoggedIn == nil || b.Hostname != "test.example.org" {
		t.Errorf("%+v", b)
	}
	b.Release()
	for lock, want := range map[string]time.Duration{"yes": time.Minute, "no": 0} {
		if got := parameters(load(t, "--lock-takeover=60", "--maildir-lock="+lock), newEnvironment()).LockTakeover; got != want {
			t.Errorf("maildir-lock %s: %v", lock, got)
		}
	}
}
