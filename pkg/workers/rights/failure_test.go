package rights

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/config"
	"tpops/pkg/confine"
	"tpops/pkg/pop3"
)

// countedMailbox counts how often it was closed.
type countedMailbox struct {
	pop3.Mailbox
	closed *int
}

func (m countedMailbox) Close() error { *m.closed++; return errors.New("close failed") }

// A process that could not become the owner opens no other mailbox: it may have the ids
// of two users.
func TestBecomeOwnerFails(t *testing.T) {
	opened, closed, released, pam := 0, 0, 0, 0
	b := &pop3.Backend{
		Open: func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) {
			opened++
			return countedMailbox{closed: &closed}, nil
		},
		Release: func() { released++ },
	}
	r := &Rights{Log: slog.New(slog.DiscardHandler), ClosePAM: func() { pam++ }}
	r.BecomeOwnerAfterLogin(b)
	mailbox, err := b.Open(t.Context(), &pop3.Account{UID: 1, GID: -1}, nil)
	if mailbox != nil || err == nil || !strings.Contains(err.Error(), "gid -1 out of range") || !strings.Contains(err.Error(), "close failed") {
		t.Errorf("%v, %v", mailbox, err)
	}
	if mailbox, again := b.Open(t.Context(), &pop3.Account{UID: -1, GID: -1}, nil); mailbox != nil || again == nil {
		t.Errorf("a second login: %v, %v", mailbox, again)
	}
	b.Release()
	if opened != 1 || closed != 1 || released != 1 || pam != 1 {
		t.Errorf("opened %d, closed %d, released %d, closed PAM %d times", opened, closed, released, pam)
	}
}

// After a failed login the user database still works, and another user can log in.
func TestOpenFailsThenOther(t *testing.T) {
	calls, released := 0, 0
	locked := errors.New("locked")
	b := &pop3.Backend{
		Open: func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) { calls++; return nil, locked },
		Release: func() {
			released++
		},
	}
	(&Rights{ClosePAM: func() { t.Error("PAM is closed") }}).BecomeOwnerAfterLogin(b)
	for range 3 {
		if _, err := b.Open(t.Context(), &pop3.Account{}, nil); !errors.Is(err, locked) {
			t.Errorf("%v", err)
		}
	}
	if calls != 3 || released != 0 {
		t.Errorf("opened %d times, released %d times", calls, released)
	}
}

// LoggedIn of a backend is optional. Finish follows it.
func TestLoggedIn(t *testing.T) {
	finished := 0
	b := &pop3.Backend{Release: func() {}}
	(&Rights{Finish: func() { finished++ }}).BecomeOwnerAfterLogin(b)
	b.LoggedIn(&pop3.Account{}, nil)
	if finished != 1 {
		t.Errorf("finished %d times", finished)
	}
}

// An owner is needed by root only: another user keeps its ids, and loses the group
// that may read passwords.
func TestLastOwner(t *testing.T) {
	shadow := filepath.Join(t.TempDir(), "shadow")
	if err := os.WriteFile(shadow, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := &Rights{Shadow: shadow}
	if o, err := r.lastOwner(&pop3.Account{UID: 7, GID: 8, Groups: []int{9}}); err != nil || o.UID != 7 || o.GID != 8 {
		t.Errorf("%+v, %v", o, err)
	}
	o, err := r.lastOwner(&pop3.Account{UID: -1, GID: -1})
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if o != nil {
			t.Errorf("root: %+v", o)
		}
		return
	}
	groups, err := unix.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	groups = slices.DeleteFunc(groups, func(g int) bool { return g == os.Getegid() }) // the group of the file
	if o.UID != os.Geteuid() || o.GID != os.Getegid() || !slices.Equal(o.Groups, groups) {
		t.Errorf("%+v", o)
	}
}

// A policy that contradicts itself is an error, not a process with all rights.
func TestConfineInvalid(t *testing.T) {
	var log strings.Builder
	r := &Rights{Policy: confine.Policy{AllFiles: true, Read: []string{"/x"}}, Log: slog.New(slog.NewTextHandler(&log, nil))}
	if err := r.Confine(true); err == nil {
		t.Error("no error")
	}
	if err := r.ConfineLogin(); err == nil {
		t.Error("no error before login")
	}
	if log.Len() > 0 {
		t.Errorf("log:\n%s", &log)
	}
}

// A proxy with tokens reaches the server that checks them.
func TestProxyTokenPort(t *testing.T) {
	c := &config.Config{
		Mailbox: config.Mailbox{Type: "proxy"}, Users: config.Users{AuthType: []string{"pam"}},
		Proxy: config.Proxy{Server: []string{"a:110"}}, OAuth: config.OAuth{IntrospectionURL: "https://idp.example.org:8443/"},
	}
	if p := Policy(c, Paths{}); !slices.Equal(p.Connect, []uint16{110, 8443, dnsPort}) {
		t.Errorf("%v", p.Connect)
	}
}

// Paths of Unix sockets and invalid ports are not TCP ports.
func TestPorts(t *testing.T) {
	got := ports([]string{"/run/mysqld.sock", "db:3306", "db:99999", "db:mysql", "[::1]:33060", ""})
	if !slices.Equal(got, []uint16{3306, 33060}) {
		t.Errorf("%v", got)
	}
}

// Relative paths become absolute, and empty ones are left out.
func TestExisting(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if got := existing("", "/a/../b", "c"); !slices.Equal(got, []string{"/b", filepath.Join(here, "c")}) {
		t.Errorf("%q", got)
	}
	if got := existing(); got != nil {
		t.Errorf("%q", got)
	}
}

// Sockets of databases are in the policy only with auth-type mysql.
func TestPolicySockets(t *testing.T) {
	c := &config.Config{Mailbox: config.Mailbox{Roots: []string{"/home"}}, Users: config.Users{AuthType: []string{"passwd"}}}
	paths := Paths{Sockets: []string{"/run/mysqld.sock"}}
	if p := Policy(c, paths); p.Sockets != nil || p.Connect != nil {
		t.Errorf("%+v", p)
	}
	c.Users.AuthType = append(c.Users.AuthType, "mysql")
	if p := Policy(c, paths); !slices.Equal(p.Sockets, paths.Sockets) {
		t.Errorf("%+v", p)
	}
}

// beConfined confines this process, and returns an error if a program can still be
// started. The report is an event only if the process is told to log it.
func beConfined(logged bool) error {
	var log strings.Builder
	r := &Rights{Policy: confine.Policy{AllFiles: true}, Log: slog.New(slog.NewTextHandler(io.Writer(&log), nil))}
	if err := r.Confine(logged); err != nil {
		return err
	}
	if got := strings.Contains(log.String(), "sandbox enabled"); got != logged {
		return errors.New("log: " + log.String())
	}
	if _, err := os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{}); err == nil {
		return errors.New("a program can be started")
	}
	return nil
}
