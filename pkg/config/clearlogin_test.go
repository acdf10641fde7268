package config

import (
	"net/netip"
	"testing"
)

func TestMayLogInClear(t *testing.T) {
	const printers = "192.0.2.0/24, 1110=10.0.0.0/8,2110=yes, 2001:db8::/32"
	for _, test := range []struct {
		rule, cert    string // cert is a file with tls-cert or without
		local, remote string // "" is not valid
		want          bool
	}{
		{"auto", "", "203.0.113.1:110", "203.0.113.9:4000", true},
		{"auto", "/c", "203.0.113.1:110", "203.0.113.9:4000", false},
		{"auto", "/c", "127.0.0.1:110", "127.0.0.1:4000", true},
		{"auto", "/c", "[::1]:110", "[::1]:4000", true},
		{"auto", "/c", "[::ffff:127.0.0.1]:110", "[::ffff:127.0.0.1]:4000", true},
		{"auto", "/c", "", "", true},
		{"auto", "/c", "203.0.113.1:110", "203.0.113.1:4000", false}, // the caller does not report the same machine
		{"no", "", "203.0.113.1:110", "203.0.113.9:4000", false},
		{"no", "/c", "203.0.113.1:110", "203.0.113.9:4000", false},
		{"no", "/c", "127.0.0.1:110", "127.0.0.1:4000", true},
		{"never", "/c", "127.0.0.1:110", "127.0.0.1:4000", false},
		{"never", "", "", "", false},
		{"never", "/c", "203.0.113.1:110", "203.0.113.9:4000", false},
		{"yes", "/c", "203.0.113.1:110", "203.0.113.9:4000", true},
		{"on", "/c", "203.0.113.1:110", "203.0.113.9:4000", true},

		{printers, "/c", "203.0.113.1:110", "192.0.2.7:4000", true},
		{printers, "/c", "203.0.113.1:110", "[::ffff:192.0.2.7]:4000", true},
		{printers, "/c", "203.0.113.1:110", "192.0.3.7:4000", false},
		{printers, "", "203.0.113.1:110", "192.0.3.7:4000", false},
		{printers, "/c", "203.0.113.1:1110", "10.1.2.3:4000", true},
		{printers, "/c", "203.0.113.1:110", "10.1.2.3:4000", false},
		{printers, "/c", "203.0.113.1:2110", "10.1.2.3:1110", true},
		{printers, "/c", "203.0.113.1:2110", "[2001:db9::1]:4000", true},
		{printers, "/c", "203.0.113.1:110", "[2001:db8::1]:4000", true},
		{"fe80::/10", "/c", "[fe80::1%eth0]:110", "[fe80::2%eth0]:4000", true},
		{printers, "/c", "127.0.0.1:110", "127.0.0.1:4000", true},
		{printers, "/c", "", "", true},
	} {
		l := newLoader(Source{})
		if err := l.byName["plaintext-login"].set(test.rule); err != nil {
			t.Fatal(err)
		}
		if test.cert != "" {
			l.config.TLS.Cert = []string{test.cert}
		}
		var local, remote netip.AddrPort
		if test.local != "" {
			local, remote = netip.MustParseAddrPort(test.local), netip.MustParseAddrPort(test.remote)
		}
		if got := l.config.MayLogInClear(local, remote, !remote.IsValid() || remote.Addr().Unmap().IsLoopback()); got != test.want {
			t.Errorf("%s, certificate %q: from %s at %s: %v", test.rule, test.cert, test.remote, test.local, got)
		}
	}
}

func TestParseClearLogin(t *testing.T) {
	for _, test := range []struct{ text, want, wantErr string }{
		{"yes", "yes", ""},
		{"FALSE", "no", ""},
		{"never", "never", ""},
		{"10.0.0.0/8", "10.0.0.0/8", ""},
		{" 10.0.0.1 ,  1110=10.0.0.0/8", "10.0.0.1,1110=10.0.0.0/8", ""},
		{"1110=yes", "1110=yes", ""},
		{"65535=2001:db8::/32", "65535=2001:db8::/32", ""},
		{"", "", `must be yes, no, never, or networks such as 192.0.2.0/24 or 2001:db8::/32, separated by commas, not ""`},
		{"maybe", "", `must be yes, no, never, or networks such as 192.0.2.0/24 or 2001:db8::/32, separated by commas, not "maybe"`},
		{"yes,10.0.0.0/8", "", `must be yes, no, never, or networks such as 192.0.2.0/24 or 2001:db8::/32, separated by commas, not "yes"`},
		{"10.0.0.1/8", "", `must be yes, no, never, or a network: "10.0.0.1/8" has bits set after /8; write 10.0.0.0/8 for the network or 10.0.0.1 for the address`},
		{"0=yes", "", `must have a port from 1 to 65535 before the =, not "0=yes"`},
		{"110x=yes", "", `must have a port from 1 to 65535 before the =, not "110x=yes"`},
		{"65536=yes", "", `must have a port from 1 to 65535 before the =, not "65536=yes"`},
		{"110=no", "", `must be networks such as 192.0.2.0/24 or 2001:db8::/32, separated by commas, not "no"`},
	} {
		got, err := parseClearLogin(test.text)
		if test.wantErr != "" {
			if err == nil || err.Error() != test.wantErr {
				t.Errorf("%q: %v, want %s", test.text, err, test.wantErr)
			}
			continue
		}
		if err != nil || got.text() != test.want {
			t.Errorf("%q: %q, %v, want %q", test.text, got.text(), err, test.want)
		}
	}
}

// A loopback address alone is not the same machine: a proxy may have sent it.
func TestLoopbackOfAnotherMachine(t *testing.T) {
	l := newLoader(Source{})
	l.config.TLS.Cert = []string{"/c"}
	loopback := netip.MustParseAddrPort("127.0.0.1:4000")
	if l.config.MayLogInClear(loopback, loopback, false) {
		t.Error("127.0.0.1 of another machine may send a password in clear")
	}
}

// FuzzClearLogin writes out what was accepted and reads it again: the result is the
// same, and allows only the listed ports and networks.
func FuzzClearLogin(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		l, err := parseClearLogin(text)
		if err != nil {
			return
		}
		again, err := parseClearLogin(l.text())
		if err != nil || again.text() != l.text() || again.rule != l.rule || len(again.places) != len(l.places) {
			t.Fatalf("%q: %q, then %q, %v", text, l.text(), again.text(), err)
		}
		if l.rule == clearPlaces && len(l.places) == 0 {
			t.Errorf("%q is an empty list", text)
		}
		stranger := netip.MustParseAddrPort("203.0.113.9:4000")
		c := &Config{TLS: TLS{PlaintextLogin: l}}
		for _, p := range l.places {
			if !p.network.IsValid() || p.network.Contains(stranger.Addr()) {
				return
			}
		}
		if l.rule != clearYes && c.MayLogInClear(netip.MustParseAddrPort("203.0.113.1:110"), stranger, false) {
			t.Errorf("%q lets a stranger in", text)
		}
	})
}
