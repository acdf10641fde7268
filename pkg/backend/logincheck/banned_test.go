package logincheck

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"tpops/pkg/guard"
)

// TestBanned checks an address that an operator has banned.
func TestBanned(t *testing.T) {
	c := newSite(t).checker(t)
	g := c.Backend.Guard.(*guard.Guard)
	address := netip.MustParseAddr("192.0.2.1")
	if _, err := g.AddBan(netip.PrefixFrom(address, 32), time.Hour, 0); err != nil {
		t.Fatal(err)
	}
	r := ask(t, c, Question{User: "ann", Address: address})
	if r.Result != resultRefused || !strings.Contains(r.text(), "guard failed ") || !strings.Contains(r.Sentence, "tpopsctl ban lift") {
		t.Errorf("%s", r.text())
	}
	for _, q := range []Question{{User: "ann"}, {User: "ann", Address: address.Next()}} {
		if r := ask(t, c, q); r.Result != ResultWorks {
			t.Errorf("%s", r.text())
		}
	}
}
