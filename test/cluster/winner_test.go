//go:build integration || cluster || nfs

package cluster

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tpops/test/daemon"
)

// oneWinner logs in at both hosts again and again, at the same mailbox: at each moment one
// session has it, and its list lacks what an earlier one deleted. Each login has to succeed,
// unless a session may have the mailbox for longer than a login waits.
func oneWinner(t *testing.T, u *mailUser, hosts []*host, rounds int, mayRefuse bool) {
	t.Helper()
	var inside, won, refused atomic.Int64
	var group sync.WaitGroup
	for n := range 4 {
		group.Go(func() {
			for range rounds {
				u.deliver()
				err := u.alone(hosts[n%2].address+":110", &inside)
				switch {
				case err == nil:
					won.Add(1)
				case mayRefuse && strings.Contains(err.Error(), "[IN-USE]"):
					refused.Add(1)
				default:
					t.Errorf("%s: %v", hosts[n%2].name, err)
					return
				}
			}
		})
	}
	group.Wait()
	t.Logf("one mailbox at two hosts: %d sessions, one after the other, and %d refused", won.Load(), refused.Load())
	if won.Load() == 0 {
		t.Error("no session has had the mailbox")
	}
}

// alone runs a session that must be the only one.
func (u *mailUser) alone(address string, inside *atomic.Int64) error {
	must := u.must()
	c, err := u.dial(address)
	if err != nil {
		return err
	}
	defer c.Close()
	if now := inside.Add(1); now != 1 {
		u.t.Errorf("%d sessions have the mailbox", now)
	}
	err = u.look(c, must)
	time.Sleep(20 * time.Millisecond) // in which another session would show
	inside.Add(-1)
	if err != nil {
		return err
	}
	_, err = c.Command("QUIT")
	return err
}

// look checks the list, in which must have to be, and marks the first message, which QUIT deletes.
func (u *mailUser) look(c *daemon.Client, must []string) error {
	uidls, err := list(c)
	if err != nil || len(uidls) == 0 {
		return fmt.Errorf("%d messages, %w", len(uidls), err)
	}
	u.check(uidls, must)
	if _, err := c.Command("DELE 1"); err != nil {
		return err
	}
	u.mark(uidls[0], deleted)
	return nil
}
