package guard

import (
	"time"

	"tpops/pkg/pop3"
)

// LogIn implements pop3.Limiter.
func (c *connection) LogIn(account string, quota int) *pop3.Refusal {
	if c.slot < 0 {
		return nil
	}
	g, own := c.guard, &c.guard.slots[c.slot]
	key := g.accountKey(account)
	own.account.Store(key)
	if state := own.state.Load(); state == evicted || isBeforeLogin(state) && !own.state.CompareAndSwap(state, loggingIn) {
		return c.refuseBeforeLogin()
	}
	parameter, limit := "max-per-user", g.limits.PerUser
	if quota > 0 {
		parameter, limit = "max_sessions", quota // The user's own limit takes precedence.
	}
	if limit > 0 && !g.withinUserLimit(c.slot, key, limit) {
		c.LogOut()
		return &pop3.Refusal{Answer: pop3.ErrPerUser, Reason: "sessions of the user", Parameter: parameter, Count: limit}
	}
	own.state.Store(loggedIn)
	return nil
}

// LogOut implements pop3.Limiter. From now on the connection counts as one before login, and
// can be evicted.
func (c *connection) LogOut() {
	if c.slot < 0 {
		return
	}
	own := &c.guard.slots[c.slot]
	own.account.Store(0)
	c.known = c.guard.isKnown(c.from) // The password may have been right.
	own.state.Store(c.state(""))      // No other process changes that of a login.
}

// How long a login waits for a session of the user in another process that has
// ended, and how often it checks. After login a process of parallel-type = fork
// cannot access the memory. Its slot is freed when the parent notices that it has
// exited, which is shortly after its client has disconnected.
const (
	exitWait = time.Second
	exitPoll = 20 * time.Millisecond
)

// withinUserLimit reports whether a user has at most limit sessions, with the one that logs
// in to slot number own. Logins at the same time must not refuse each other where there is a
// place: those in the first slots get it, and wait until the others have given up. One without
// a place, which waits for a session elsewhere, does not count meanwhile.
func (g *Guard) withinUserLimit(own int, key uint64, limit int) bool {
	account := &g.slots[own].account
	for until := time.Now().Add(exitWait); ; time.Sleep(exitPoll) {
		account.Store(key)
		n := g.countUser(own, key)
		full := n.sessions+n.before >= limit
		switch {
		case n.sessions+n.before+n.after < limit:
			return true
		case time.Now().After(until), full && !n.elsewhere:
			return false
		case full:
			account.Store(0)
		}
	}
}

// userCounts are numbers of connections of a user, without the one that logs in.
type userCounts struct {
	sessions      int
	elsewhere     bool // one of the sessions is in another process
	before, after int  // logins, in slots before and after the own one
}

func (r *register) countUser(own int, key uint64) (n userCounts) {
	slots := r.inUse()
	for i := range slots {
		if s := &slots[i]; i != own && s.account.Load() == key {
			n.add(s, i < own, r.pid)
		}
	}
	return n
}

// add counts a slot.
func (n *userCounts) add(s *slot, before bool, pid uint64) {
	switch state := s.state.Load(); {
	case state == loggedIn:
		n.sessions++
		n.elsewhere = n.elsewhere || s.owner.Load() != pid
	case state == loggingIn && before:
		n.before++
	case state == loggingIn:
		n.after++
	}
}
