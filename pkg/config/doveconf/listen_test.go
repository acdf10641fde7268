package doveconf

import (
	"strings"
	"testing"
)

// All addresses are those of IPv4 and IPv6, in any order. Those of IPv6 are not all, alone or with
// another one.
func TestListenAddresses(t *testing.T) {
	const onlyIPv6 = "set BindIPv6Only=ipv6-only"
	for listen, want := range map[string]string{
		"*, ::": "port = 110\n", ":: *": "port = 110\n", "* [::]": "port = 110\n", "192.0.2.1 * ::": "port = 110\n",
		"*": "port = \"0.0.0.0:110\"\n", "::": "port = \"[::]:110\"\n", "[::]": "port = \"[::]:110\"\n", "192.0.2.1": "port = \"192.0.2.1:110\"\n",
		"::, 2001:db8::1": "port = \"[::]:110\"\n", "[::] [2001:db8::1]": "port = \"[::]:110\"\n", "192.0.2.1 ::": "port = \"192.0.2.1:110\"\n",
	} {
		report, toml := converted(t, systemConfig+pamUsers+"listen = "+listen+"\n")
		if !strings.Contains(toml, "# "+want) || strings.Contains(report, onlyIPv6) != (strings.Contains(listen, "::") && want != "port = 110\n") {
			t.Errorf("%s: no %s in\n%s%s", listen, want, report, toml)
		}
	}
}
