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

// Of two logins at the same time that have one place, the one in the first slot waits until the
// other has given up, which does so at once.
func TestLogInBesideLogIn(t *testing.T) {
	for name, first := range map[string]bool{"the first": true, "the second": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, err := New(10)
				if err != nil {
					t.Fatal(err)
				}
				var both [2]*connection
				for i := range both {
					c, refusal := m.With(Limits{PerUser: 1}).Accept(pop3.Connection{Remote: netip.MustParseAddr("192.0.2.1"), Evict: ignoreEviction})
					if refusal != nil {
						t.Fatal(refusal)
					}
					both[i] = c.(*connection)
				}
				own, other := both[0], both[1]
				if !first {
					own, other = other, own
				}
				slot := &m.slots[other.slot]
				slot.account.Store(m.accountKey("ann"))
				slot.state.Store(loggingIn)
				time.AfterFunc(exitPoll/2, other.LogOut)
				begun := time.Now()
				refusal := own.LogIn("ann", 0)
				if took := time.Since(begun); (refusal == nil) != first || first != (took == exitPoll) {
					t.Errorf("%v after %v", refusal, took)
				}
				if s := m.With(Limits{}).OfUser("ann"); s.Connections != map[bool]int{true: 1, false: 0}[first] {
					t.Errorf("%d sessions", s.Connections)
				}
			})
		})
	}
}
