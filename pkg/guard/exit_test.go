package guard

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// A login at the user's limit is accepted as soon as the parent has noticed that the
// process of an ended session has exited, and refused if it does not exit.
func TestSlotOfExitedProcess(t *testing.T) {
	const otherPID = 4711
	for name, exits := range map[string]bool{"it exits": true, "it does not exit": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, err := New(10)
				if err != nil {
					t.Fatal(err)
				}
				connect := func() pop3.Limiter {
					p, refusal := m.With(Limits{PerUser: 1}).Accept(pop3.Connection{Remote: netip.MustParseAddr("192.0.2.1"), Evict: func(*pop3.Refusal) {}})
					if refusal != nil {
						t.Fatal(refusal)
					}
					return p
				}
				first := connect()
				if refusal := first.LogIn("ann", 0); refusal != nil {
					t.Fatal(refusal)
				}
				m.slots[first.(*connection).slot].owner.Store(otherPID)
				if exits {
					time.AfterFunc(300*time.Millisecond, func() { m.Reclaim(otherPID) })
				}
				begun := time.Now()
				refusal := connect().LogIn("ann", 0)
				if (refusal == nil) != exits || time.Since(begun) > 2*exitWait {
					t.Errorf("%v after %v", refusal, time.Since(begun))
				}
			})
		})
	}
}
