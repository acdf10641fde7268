package guard

import (
	"math"
	"time"

	"tpops/pkg/pop3"
)

// mostWaiting is how many connections of an address, or for the password of a
// user, may be made to wait at once. More are refused, so that they hold no
// places, and guessing side by side is no faster.
const mostWaiting = 3

// place is a pop3.Place.
type place struct {
	guard   *Guard
	slot    int    // -1: not counted
	from    uint64 // key of the address; 0 without one
	address uint64 // by which is counted; 0: is not
	spared  bool   // a login from the address succeeded before
	evict   func(*pop3.Refusal)

	attempt attempt // in progress
}

// state returns the state that the place begins with.
func (p *place) state(account string) uint64 {
	switch {
	case account != "":
		return inside
	case p.spared:
		return beforeKnown
	}
	return before
}

// refusal returns why the connection may not stay, if it may not.
func (p *place) refusal() *pop3.Refusal {
	there := p.guard.look(p.address)
	if !p.spared {
		if refusal := p.guesses(there.waiting); refusal != nil {
			return refusal
		}
	}
	if most := p.guard.limits.PerAddress; most > 0 && there.same > most {
		return &pop3.Refusal{Answer: pop3.ErrPerAddress, Reason: "connections of the address", Parameter: "max-per-address", Count: most}
	}
	return p.makeRoom(there)
}

// guesses refuses an address that is known for nothing but failed logins of many
// users. It is let in to wait only as long as not too many from there do.
func (p *place) guesses(waiting int) *pop3.Refusal {
	g := p.guard
	score := g.words.addresses.score(p.address, g.failures())
	delay := growth(score, freeUsers, g.limits.GuessDelayMax)
	if delay == 0 {
		return nil
	}
	if delay < g.limits.GuessDelayMax && waiting < mostWaiting {
		return nil
	}
	return tooManyFailed(score)
}

func tooManyFailed(score float64) *pop3.Refusal {
	return &pop3.Refusal{Answer: pop3.ErrGuesses, Reason: "failed logins", Parameter: "guess-delay-max", Count: int(math.Round(score))}
}

// LogIn implements pop3.Place.
func (p *place) LogIn(account string, quota int) *pop3.Refusal {
	if p.slot < 0 {
		return nil
	}
	g, own := p.guard, &p.guard.slots[p.slot]
	key := g.accountKey(account)
	own.account.Store(key)
	if state := own.state.Load(); state == evicted || waitsForLogin(state) && !own.state.CompareAndSwap(state, inside) {
		return p.crowded()
	}
	parameter, most := "max-per-user", g.limits.PerUser
	if quota > 0 {
		parameter, most = "max_sessions", quota // The limit of the user takes precedence.
	}
	if most > 0 && !g.below(key, most) {
		own.account.Store(0)
		return &pop3.Refusal{Answer: pop3.ErrPerUser, Reason: "sessions of the user", Parameter: parameter, Count: most}
	}
	return nil
}

// How long a login waits for a session of the user in another process that has
// ended, and how often it looks. After login a process of fork has no access to
// the memory: its place is free when the parent notices that it has exited, a
// moment after its client.
const (
	exitWait = time.Second
	exitLook = 20 * time.Millisecond
)

// below reports whether a user has at most that many sessions, this one included.
func (g *Guard) below(key uint64, most int) bool {
	for until := time.Now().Add(exitWait); ; time.Sleep(exitLook) {
		others := false
		same := g.count(func(s *slot) bool {
			is := s.account.Load() == key && s.state.Load() == inside
			others = others || is && s.owner.Load() != g.pid
			return is
		})
		if same <= most {
			return true
		}
		if !others || time.Now().After(until) {
			return false
		}
	}
}

// Leave implements pop3.Place.
func (p *place) Leave() {
	if p.slot >= 0 {
		p.guard.release(p.slot)
		p.slot = -1
	}
}
