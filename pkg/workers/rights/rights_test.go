package rights

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"tpops/pkg/config"
	"tpops/pkg/confine"
	"tpops/pkg/pop3"
)

// TestMain makes the test program the process of a test that gives up rights, which has
// no way back.
func TestMain(m *testing.M) {
	run := map[string]func() error{
		"log in":  func() error { return logIn(os.Getenv("RIGHTS_TEST_MAILDIR"), false) },
		"tested":  func() error { return logIn(os.Getenv("RIGHTS_TEST_MAILDIR"), true) },
		"probe":   testOwner,
		"logged":  func() error { return beConfined(true) },
		"quietly": func() error { return beConfined(false) },
	}[os.Getenv(variable)]
	if run == nil {
		os.Exit(m.Run())
	}
	if err := run(); err != nil {
		_, _ = io.WriteString(os.Stderr, err.Error()+"\n")
		os.Exit(1)
	}
	os.Exit(0)
}

// variable selects what this program does as the process of a test.
const variable = "RIGHTS_TEST"

// runAs runs this program as the process of a test, and fails if that fails.
func runAs(t *testing.T, what string, env ...string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self)
	command.Env = append(env, variable+"="+what)
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestConfine(t *testing.T) {
	for _, what := range []string{"logged", "quietly"} {
		t.Run(what, func(t *testing.T) { runAs(t, what) })
	}
}

// logIn opens a mailbox as a process that serves one session does, and returns an
// error if more than its Maildir can be reached after that.
func logIn(dir string, tested bool) error {
	var order []string
	note := func(what string) func() { return func() { order = append(order, what) } }
	r := &Rights{
		Policy: confine.Policy{AllFiles: true}, Tested: tested, Log: slog.New(slog.DiscardHandler),
		Finish: note("finish"), ClosePAM: note("close PAM"), Shadow: filepath.Join(dir, "missing"),
	}
	b := &pop3.Backend{
		Open:     func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) { return mailbox{}, nil },
		LoggedIn: func(*pop3.Account, *pop3.Client) { note("hook")() },
		Release:  note("release"),
	}
	r.BecomeOwnerAfterLogin(b)
	if err := r.ConfineLogin(); err != nil {
		return err
	}
	account := &pop3.Account{Maildrop: dir, UID: -1, GID: -1}
	if os.Geteuid() == 0 {
		account.UID, account.GID = 65534, 65534
	}
	if _, err := b.Open(context.Background(), account, &pop3.Client{}); err != nil {
		return err
	}
	if _, err := b.Open(context.Background(), account, &pop3.Client{}); !errors.Is(err, errOwner) {
		return fmt.Errorf("a second mailbox: %w", err)
	}
	b.LoggedIn(account, &pop3.Client{})
	b.Release()
	if want := []string{"release", "close PAM", "hook", "finish"}; !slices.Equal(order, want) {
		return fmt.Errorf("the order is %q", order)
	}
	if account.UID > 0 && os.Geteuid() != account.UID {
		return errors.New("the process has not changed its user")
	}
	if err := exec.Command("/bin/true").Run(); err == nil {
		return errors.New("a program can be started")
	}
	return nil
}

type mailbox struct{ pop3.Mailbox }

func (mailbox) Close() error { return nil }

func TestBecomeOwnerAfterLogin(t *testing.T) {
	for _, what := range []string{"log in", "tested"} {
		t.Run(what, func(t *testing.T) { runAs(t, what, "RIGHTS_TEST_MAILDIR="+t.TempDir()) })
	}
}

// testOwner does what the probe of parallel-type fork does.
func testOwner() error {
	r := &Rights{Policy: confine.Policy{AllFiles: true, AllTCP: true, FirstUID: 1000}, Log: slog.New(slog.DiscardHandler)}
	if err := errors.Join(r.ConfineLogin(), r.TestOwner()); err != nil {
		return err
	}
	if r.filtered {
		if err := syscall.Setgid(os.Getgid()); !errors.Is(err, syscall.EPERM) {
			return fmt.Errorf("the process may still change its group: %v", err)
		}
	}
	return nil
}

func TestTestOwner(t *testing.T) { runAs(t, "probe") }

// A mailbox that cannot be opened leaves the process its rights.
func TestBecomeOwnerFailedLogin(t *testing.T) {
	want := errors.New("locked")
	b := &pop3.Backend{
		Open:    func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) { return nil, want },
		Release: func() { t.Error("the user database is released") },
	}
	(&Rights{}).BecomeOwnerAfterLogin(b)
	if _, err := b.Open(t.Context(), &pop3.Account{}, nil); !errors.Is(err, want) {
		t.Errorf("%v", err)
	}
}

func TestOwner(t *testing.T) {
	if o := Owner(&pop3.Account{UID: -1, GID: -1}); o != nil {
		t.Errorf("%+v", o)
	}
	if o := Owner(&pop3.Account{UID: 7, GID: 8, Groups: []int{9}}); o.UID != 7 || o.GID != 8 || !slices.Equal(o.Groups, []int{9}) {
		t.Errorf("%+v", o)
	}
}

func TestPolicy(t *testing.T) {
	c := &config.Config{
		Run: config.Run{ConfigFile: "/etc/tpops.toml"}, Log: config.Log{Errors: "/var/log/errors"},
		TLS: config.TLS{Cert: []string{"/cert"}, Key: []string{"/key"}}, Users: config.Users{FirstUID: 1000, AuthType: []string{"mysql"}},
		MySQL: config.MySQL{Server: []string{"db:3306", "/run/mysqld.sock"}},
	}
	paths := Paths{Credentials: "/credentials", Write: []string{"/pid", ""}, Sockets: []string{"/run/mysqld.sock"}}
	if p := Policy(c, paths); !p.AllFiles || p.FirstUID != 1000 || p.FirstGID != 1 || !slices.Equal(p.Connect, []uint16{3306}) {
		t.Errorf("without mail-roots: %+v", p)
	}
	c.Mailbox.Roots = []string{"/home"}
	p := Policy(c, paths)
	if p.AllFiles || !slices.Equal(p.Read, []string{"/credentials", "/etc/tpops.toml", "/cert", "/key"}) ||
		!slices.Equal(p.Write, []string{"/var/log/errors", "/home", "/pid"}) || !slices.Equal(p.Sockets, paths.Sockets) {
		t.Errorf("with mail-roots: %+v", p)
	}
}

func TestTokenPorts(t *testing.T) {
	for url, want := range map[string][]uint16{
		"": nil, "https://idp.example.org/token": {443}, "http://idp.example.org/token": {80},
		"https://idp.example.org:8443/": {8443}, "https://idp.example.org:x/": nil, "http://idp.example.org:99999/": nil,
	} {
		if got := tokenPorts(&config.Config{OAuth: config.OAuth{IntrospectionURL: url}}); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", url, got, want)
		}
	}
}
