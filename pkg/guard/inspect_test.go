package guard

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// TestInspect checks what is reported after failures of one user, and of many users at an
// address, and that nothing is counted by asking.
func TestInspect(t *testing.T) {
	memory, err := New(20)
	if err != nil {
		t.Fatal(err)
	}
	g := memory.With(Limits{GuessDelayMax: time.Minute, PerUser: 3})
	near, far := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.1")
	if got := g.Inspect("ann", "ann", near); got != (Memo{Limit: 3}) {
		t.Errorf("%+v", got)
	}
	fail := func(from netip.Addr, login, secret string) {
		c := &connection{guard: g, from: g.addressKey(from), address: g.addressKey(from), slot: -1}
		c.attempt.counted = g.secretKey(login, secret)
		c.End(login, pop3.ErrAuth)
	}
	for i := range 5 {
		fail(near, "ann", fmt.Sprint(i))
	}
	for range 3 {
		if got := g.Inspect("ANN", "ann", far); got.Failures != 5 || got.Delay != 2*firstDelay || got.Refused {
			t.Errorf("%+v", got)
		}
	}
	for i := range 16 {
		fail(far, fmt.Sprint("user", i), "x")
	}
	if got := g.Inspect("bob", "bob", far); !got.Refused || got.Delay != time.Minute {
		t.Errorf("%+v", got)
	}
	if got := g.Inspect("bob", "bob", netip.Addr{}); got.Refused || got.Delay != 0 {
		t.Errorf("%+v", got)
	}
	limiter, refusal := g.Accept(pop3.Connection{Remote: near, Account: "ann"})
	if refusal != nil {
		t.Fatal(refusal)
	}
	defer limiter.Close()
	if got := g.Inspect("ann", "ann", near); got.Sessions != 1 {
		t.Errorf("%+v", got)
	}
}
