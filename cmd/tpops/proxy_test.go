package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"

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
		p := &program{listening: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.9:1"), netip.MustParseAddrPort(tt.listening)}}
		if got := p.isOwn(netip.MustParseAddrPort(tt.local), netip.MustParseAddrPort(tt.remote)); got != tt.want {
			t.Errorf("at %s, from %s to %s: %v", tt.listening, tt.local, tt.remote, got)
		}
	}
}

func TestAddresses(t *testing.T) {
	var all []listener
	for _, network := range []string{"tcp4", "tcp"} {
		l, err := net.Listen(network, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		all = append(all, listener{Listener: l})
	}
	got := addresses(all)
	if len(got) != 2 || got[0].String() != all[0].Addr().String() || got[1].String() != all[1].Addr().String() {
		t.Errorf("%v", got)
	}
}

// found is a user database of a few users.
type found map[string]error

func (f found) Locate(_ context.Context, login string) (*pop3.Account, error) {
	err, ok := f[login]
	if err != nil || !ok {
		return nil, err
	}
	return &pop3.Account{Name: login, PopServer: "mail1"}, nil
}

func TestProxyUsers(t *testing.T) {
	broken := errors.New("no answer")
	users := &proxyUsers{[]locator{found{"ann": nil}, found{"bob": pop3.ErrAuth, "cat": broken}}}
	for login, want := range map[string]error{"ann": nil, "bob": pop3.ErrAuth, "cat": broken, "unknown": nil} {
		account, err := users.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: "x"})
		if !errors.Is(err, want) || (account == nil) != (want != nil) {
			t.Errorf("%s: %v, %v, want %v", login, account, err, want)
		}
		if account != nil && !account.Unproven {
			t.Errorf("%s: the password is taken for checked", login)
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
