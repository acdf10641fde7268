package operator

import (
	"strings"
	"testing"
)

// TestParseNetwork checks addresses and networks, and that an error has the text.
func TestParseNetwork(t *testing.T) {
	for _, test := range [][2]string{
		{"192.0.2.1", "192.0.2.1/32"}, {"::ffff:192.0.2.1", "192.0.2.1/32"}, {"2001:db8::1", "2001:db8::1/128"}, {"192.0.2.0/24", "192.0.2.0/24"},
		{"::ffff:192.0.2.0/120", "192.0.2.0/24"}, {"::ffff:0:0/96", "0.0.0.0/0"}, {"fe80::1%eth0", "fe80::1/128"},
	} {
		if got, err := parseNetwork(test[0]); err != nil || got.String() != test[1] {
			t.Errorf("%s: %v, %v", test[0], got, err)
		}
	}
	for _, text := range []string{"", "127", "192.0.2.0/33", "192.0.2.1/", "host", strings.Repeat("x", 1<<16)} {
		if _, err := parseNetwork(text); err == nil || !strings.Contains(err.Error(), "is no address and no network") || len(err.Error()) > 2000 {
			t.Errorf("%.40s: %.200v", text, err)
		}
	}
}
