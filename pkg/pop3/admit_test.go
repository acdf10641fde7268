package pop3

import (
	"net/netip"
	"testing"
)

func TestAdmit(t *testing.T) {
	nets := func(texts ...string) []netip.Prefix {
		var list []netip.Prefix
		for _, text := range texts {
			list = append(list, netip.MustParsePrefix(text))
		}
		return list
	}
	for _, test := range []struct {
		name    string
		account Account
		from    string // "" is no address
		tls     bool
		want    error
	}{
		{"nothing said", Account{}, "192.0.2.1", false, nil},
		{"nothing said, no address", Account{}, "", false, nil},
		{"a quota is not for here", Account{MaxSessions: 1}, "192.0.2.1", false, nil},
		{"no POP3", Account{NoPOP3: true}, "192.0.2.1", true, ErrNoPOP3},
		{"in clear", Account{TLSOnly: true}, "192.0.2.1", false, ErrTLSOnly},
		{"in clear from this machine", Account{TLSOnly: true}, "127.0.0.1", false, ErrTLSOnly},
		{"encrypted", Account{TLSOnly: true}, "192.0.2.1", true, nil},
		{"from the network", Account{Networks: nets("192.0.2.0/24")}, "192.0.2.255", false, nil},
		{"from beside it", Account{Networks: nets("192.0.2.0/24")}, "192.0.3.0", false, ErrNetwork},
		{"from the second one", Account{Networks: nets("192.0.2.0/24", "2001:db8::/32")}, "2001:db8:ffff::1", false, nil},
		{"of the other family", Account{Networks: nets("0.0.0.0/0")}, "2001:db8::1", false, ErrNetwork},
		{"with a zone", Account{Networks: nets("fe80::/10")}, "fe80::1%eth0", false, nil},
		{"one address", Account{Networks: nets("192.0.2.1/32")}, "192.0.2.1", false, nil},
		{"without address", Account{Networks: nets("0.0.0.0/0", "::/0")}, "", false, ErrNetwork},
		{"from the network, in clear", Account{Networks: nets("192.0.2.0/24"), TLSOnly: true}, "192.0.2.1", false, ErrTLSOnly},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &Client{TLS: test.tls}
			if test.from != "" {
				c.Remote = netip.AddrPortFrom(netip.MustParseAddr(test.from), 110)
			}
			if got := test.account.Admits(c); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
