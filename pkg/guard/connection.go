package guard

import (
	"math"
	"time"

	"tpops/pkg/pop3"
)

// maxDelayed is how many connections of an address, or for the password of a user,
// may wait for a delay at once. More are refused: they would use up connections,
// and parallel guesses must not be faster.
const maxDelayed = 3

// connection is a pop3.Limiter.
type connection struct {
	guard   *Guard
	slot    int    // -1: not counted
	from    uint64 // key of the address; 0 without one
	address uint64 // key under which the address is counted; 0: it is not counted
	known   bool   // a login from the address has succeeded before
	evict   func(*pop3.Refusal)

	attempt attempt // in progress
}

// state returns the first state of the connection's slot.
func (c *connection) state(account string) uint64 {
	switch {
	case account != "":
		return loggedIn
	case c.known:
		return beforeLoginKnown
	}
	return beforeLogin
}

// refusal returns why the connection is refused, nil if it is accepted.
func (c *connection) refusal() *pop3.Refusal {
	n := c.guard.countAddress(c.address)
	if !c.known {
		if refusal := c.refuseGuesses(n.delayed); refusal != nil {
			return refusal
		}
	}
	if limit := c.guard.limits.PerAddress; limit > 0 && n.connections > limit {
		return &pop3.Refusal{Answer: pop3.ErrPerAddress, Reason: "connections of the address", Parameter: "max-per-address", Count: limit}
	}
	return c.makeRoom(n)
}

// refuseGuesses refuses an address without a successful login from which logins of
// many users have failed. Until the delay is the longest, a few connections from
// there may wait.
func (c *connection) refuseGuesses(delayed int) *pop3.Refusal {
	g := c.guard
	score := g.tables.addresses.score(c.address, g.failureClock())
	delay := delayFor(score, freeUsers, g.limits.GuessDelayMax)
	if delay == 0 {
		return nil
	}
	if delay < g.limits.GuessDelayMax && delayed < maxDelayed {
		return nil
	}
	return tooManyFailures(score)
}

func tooManyFailures(score float64) *pop3.Refusal {
	return &pop3.Refusal{Answer: pop3.ErrGuesses, Reason: "failed logins", Parameter: "guess-delay-max", Count: int(math.Round(score))}
}

// LogIn implements pop3.Limiter.
func (c *connection) LogIn(account string, quota int) *pop3.Refusal {
	if c.slot < 0 {
		return nil
	}
	g, own := c.guard, &c.guard.slots[c.slot]
	key := g.accountKey(account)
	own.account.Store(key)
	if state := own.state.Load(); state == evicted || isBeforeLogin(state) && !own.state.CompareAndSwap(state, loggedIn) {
		return c.refuseBeforeLogin()
	}
	parameter, limit := "max-per-user", g.limits.PerUser
	if quota > 0 {
		parameter, limit = "max_sessions", quota // The user's own limit takes precedence.
	}
	if limit > 0 && !g.withinUserLimit(key, limit) {
		own.account.Store(0)
		return &pop3.Refusal{Answer: pop3.ErrPerUser, Reason: "sessions of the user", Parameter: parameter, Count: limit}
	}
	return nil
}

// How long a login waits for a session of the user in another process that has
// ended, and how often it checks. After login a process of parallel-type = fork
// cannot access the memory. Its slot is freed when the parent notices that it has
// exited, which is shortly after its client has disconnected.
const (
	exitWait = time.Second
	exitPoll = 20 * time.Millisecond
)

// withinUserLimit reports whether a user has at most limit sessions, this one
// included.
func (g *Guard) withinUserLimit(key uint64, limit int) bool {
	for until := time.Now().Add(exitWait); ; time.Sleep(exitPoll) {
		elsewhere := false
		sessions := g.count(func(s *slot) bool {
			match := s.account.Load() == key && s.state.Load() == loggedIn
			elsewhere = elsewhere || match && s.owner.Load() != g.pid
			return match
		})
		if sessions <= limit {
			return true
		}
		if !elsewhere || time.Now().After(until) {
			return false
		}
	}
}

// Close implements pop3.Limiter.
func (c *connection) Close() {
	if c.slot >= 0 {
		c.guard.release(c.slot)
		c.slot = -1
	}
}
