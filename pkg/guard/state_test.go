package guard

import (
	"net/netip"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// TestState checks the counts of connections, logins and bans.
func TestState(t *testing.T) {
	memory, err := New(20)
	if err != nil {
		t.Fatal(err)
	}
	g := memory.With(Limits{})
	if s := g.State(); s.Connections != 0 || s.LoggedIn != 0 || s.Bans != 0 || s.Room < 20 {
		t.Errorf("%+v", s)
	}
	first, _ := g.Accept(pop3.Connection{Remote: netip.MustParseAddr("192.0.2.1")})
	second, _ := g.Accept(pop3.Connection{Remote: netip.MustParseAddr("192.0.2.2")})
	if refusal := second.LogIn("ann", 0); refusal != nil {
		t.Fatal(refusal)
	}
	if _, err := g.AddBan(netip.MustParsePrefix("198.51.100.0/24"), time.Hour, 0); err != nil {
		t.Fatal(err)
	}
	if s := g.State(); s.Connections != 2 || s.LoggedIn != 1 || s.Bans != 1 {
		t.Errorf("%+v", s)
	}
	first.Close()
	second.Close()
	if s := g.State(); s.Connections != 0 || s.LoggedIn != 0 {
		t.Errorf("%+v", s)
	}
}
