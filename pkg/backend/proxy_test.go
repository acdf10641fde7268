package backend

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"tpops/pkg/backend/userdb"
	"tpops/pkg/pop3"
)

func TestIsOwn(t *testing.T) {
	tests := []struct {
		listening, local, remote string
		want                     bool
	}{
		{"127.0.0.1:110", "127.0.0.1:4000", "127.0.0.1:110", true},
		{"127.0.0.1:110", "127.0.0.1:4000", "127.0.0.1:111", false},
		{"127.0.0.1:110", "127.0.0.1:4000", "127.0.0.2:110", false},
		{"0.0.0.0:110", "192.0.2.1:4000", "192.0.2.1:110", true},
		{"0.0.0.0:110", "192.0.2.1:4000", "192.0.2.2:110", false},
		{"0.0.0.0:110", "127.0.0.1:4000", "127.0.0.2:110", true},
		{"[::]:110", "[2001:db8::1]:4000", "[2001:db8::1]:110", true},
		{"[::]:110", "192.0.2.1:4000", "192.0.2.1:110", true},
		{"[2001:db8::1]:110", "[2001:db8::1]:4000", "[2001:db8::1]:110", true},
	}
	for _, tt := range tests {
		listening := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.9:1"), netip.MustParseAddrPort(tt.listening)}
		if got := isOwn(listening, netip.MustParseAddrPort(tt.local), netip.MustParseAddrPort(tt.remote)); got != tt.want {
			t.Errorf("at %s, from %s to %s: %v", tt.listening, tt.local, tt.remote, got)
		}
	}
}

// rows is a user database with the errors of its users.
type rows map[string]error

func (r rows) Locate(_ context.Context, login string) (*pop3.Account, error) {
	err, ok := r[login]
	if err != nil || !ok {
		return nil, err
	}
	return &pop3.Account{Name: login, PopServer: "mail1"}, nil
}

func TestProxyUsers(t *testing.T) {
	broken := errors.New("no answer")
	users := &proxyUsers{[]userdb.Locator{rows{"ann": nil}, rows{"bob": pop3.ErrAuth, "cat": broken}}}
	for login, want := range map[string]error{"ann": nil, "bob": pop3.ErrAuth, "cat": broken, "unknown": nil} {
		account, err := users.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: "x"})
		if !errors.Is(err, want) || (account == nil) != (want != nil) {
			t.Errorf("%s: %v, %v, want %v", login, account, err, want)
		}
		if account != nil && !account.Unproven {
			t.Errorf("%s: the password counts as checked", login)
		}
		if account != nil && (account.PopServer == "mail1") != (login == "ann") {
			t.Errorf("%s: %+v", login, account)
		}
	}
	account, err := new(proxyUsers).Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "x"})
	if err != nil || account.Name != "ann" || account.PopServer != "" || account.UID != -1 {
		t.Errorf("without a database: %+v, %v", account, err)
	}
}

// TestOpenProxyReportsAll checks that the error has the file of authorities and the
// user database.
func TestOpenProxyReportsAll(t *testing.T) {
	_, err := Open(load(t, "--mailbox-type=proxy", "--pop-server=192.0.2.1:995", "--pop-server-tls=implicit", "--pop-server-tls-ca=/nonexistent/ca.pem",
		"--auth-type=passwd-file", "--passwd-file=/nonexistent/users"), newEnvironment())
	for _, want := range []string{"/nonexistent/ca.pem", "/nonexistent/users"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

// TestOpenProxy checks that a proxy offers only mechanisms that send the password, and
// no APOP.
func TestOpenProxy(t *testing.T) {
	b, err := Open(load(t, "--mailbox-type=proxy", "--pop-server=192.0.2.1"), newEnvironment())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	if got := mechanismNames(b); got != "PLAIN LOGIN" || b.Digest != nil || b.Open == nil {
		t.Errorf("%s, APOP %v", got, b.Digest)
	}
}
