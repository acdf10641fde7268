package guard

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// A user at the limit gets in as soon as the parent has noticed that the process
// of an ended session has exited, and is refused if it does not exit.
func TestPlaceOfExitedProcess(t *testing.T) {
	const otherPID = 4711
	for name, exits := range map[string]bool{"it exits": true, "it does not": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, err := New(10)
				if err != nil {
					t.Fatal(err)
				}
				enter := func() pop3.Place {
					p, refusal := m.With(Limits{PerUser: 1}).Enter(pop3.Visitor{Remote: netip.MustParseAddr("192.0.2.1"), Evict: func(*pop3.Refusal) {}})
					if refusal != nil {
						t.Fatal(refusal)
					}
					return p
				}
				first := enter()
				if refusal := first.LogIn("ann", 0); refusal != nil {
					t.Fatal(refusal)
				}
				m.slots[first.(*place).slot].owner.Store(otherPID)
				if exits {
					time.AfterFunc(300*time.Millisecond, func() { m.Reclaim(otherPID) })
				}
				begun := time.Now()
				refusal := enter().LogIn("ann", 0)
				if (refusal == nil) != exits || time.Since(begun) > 2*exitWait {
					t.Errorf("%v after %v", refusal, time.Since(begun))
				}
			})
		})
	}
}
