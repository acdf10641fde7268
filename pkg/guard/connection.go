package guard

import (
	"math"

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

// Close implements pop3.Limiter.
func (c *connection) Close() {
	if c.slot >= 0 {
		c.guard.release(c.slot)
		c.slot = -1
	}
}
