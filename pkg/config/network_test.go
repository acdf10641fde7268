package config

import (
	"net/netip"
	"testing"
)

func TestNetworks(t *testing.T) {
	tests := []struct{ name, in, want, problem string }{
		{"address", "192.0.2.1", "192.0.2.1", ""},
		{"network", "192.0.2.0/24", "192.0.2.0/24", ""},
		{"several", "10.0.0.0/8, 2001:db8::/32,::1", "10.0.0.0/8,2001:db8::/32,::1", ""},
		{"everybody", "0.0.0.0/0,::/0", "0.0.0.0/0,::/0", ""},
		{"mapped address", "::ffff:192.0.2.1", "192.0.2.1", ""},
		{"mapped network", "::ffff:192.0.2.0/120", "",
			`must be networks such as 192.0.2.0/24 or 2001:db8::/32, separated by commas, not "::ffff:192.0.2.0/120"`},
		{"bits after the length", "10.1.2.3/8", "",
			`must be a network: "10.1.2.3/8" has bits set after /8; write 10.0.0.0/8 for the network or 10.1.2.3 for the address`},
		{"name", "localhost", "",
			`must be networks such as 192.0.2.0/24 or 2001:db8::/32, separated by commas, not "localhost"`},
		{"zone", "fe80::1%eth0", "",
			`must be networks such as 192.0.2.0/24 or 2001:db8::/32, separated by commas, not "fe80::1%eth0"`},
		{"empty", "192.0.2.1,", "",
			`must be networks such as 192.0.2.0/24 or 2001:db8::/32, separated by commas, not ""`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var list []netip.Prefix
			v := networks(&list)
			problem := ""
			if err := v.set(tt.in); err != nil {
				problem = err.Error()
			}
			if v.text() != tt.want || problem != tt.problem {
				t.Errorf("set(%q): %q, %q; want %q, %q", tt.in, v.text(), problem, tt.want, tt.problem)
			}
		})
	}
}

// A list that has a default can be emptied.
func TestNetworksOrNone(t *testing.T) {
	for in, want := range map[string]int{"none": 0, "127.0.0.0/8,::1": 2} {
		list := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		v := networksOrNone(&list)
		if err := v.set(in); err != nil || len(list) != want || v.text() != in {
			t.Errorf("set(%q): %v, %v, %q", in, list, err, v.text())
		}
	}
	if err := networksOrNone(new([]netip.Prefix)).set("none,::1"); err == nil {
		t.Error("none together with a network is accepted")
	}
}
