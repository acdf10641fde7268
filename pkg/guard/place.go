package guard

import (
	"errors"
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
	return p.makeRoom(there.crowd)
}

// guesses refuses an address that is known for nothing but failed logins. It is
// let in to wait only as long as not too many from there do.
func (p *place) guesses(waiting int) *pop3.Refusal {
	g := p.guard
	score := g.words.addresses.score(p.address, g.failures())
	delay := growth(score, g.limits.GuessDelayMax)
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

// Try implements pop3.Place. A user who has logged in from this address before
// waits only for failures of that user from here: neither what others from the
// same address do, nor what strangers do elsewhere, keeps anyone out.
func (p *place) Try(login string) (time.Duration, *pop3.Refusal) {
	g := p.guard
	key, known := p.key(login)
	score := g.words.users.score(key, g.failures())
	if !known && p.address != 0 {
		score = max(score, g.words.addresses.score(p.address, g.failures()))
	}
	delay := growth(score, g.limits.GuessDelayMax)
	if delay == 0 || p.slot < 0 {
		return delay, nil
	}
	own := &g.slots[p.slot]
	own.awaits.Store(key)
	waiting := g.count(func(s *slot) bool {
		awaits := s.awaits.Load()
		return awaits == key || awaits != 0 && !known && p.address != 0 && s.address.Load() == p.address
	})
	if waiting > mostWaiting {
		own.awaits.Store(0)
		return 0, tooManyFailed(score)
	}
	return delay, nil
}

// key returns under what the failures of a login are counted, besides its
// address: the pair of address and user if it is known, else the user.
func (p *place) key(login string) (key uint64, known bool) {
	if p.from != 0 {
		if pair := p.guard.pairKey(p.from, login); p.guard.isKnown(pair) {
			return pair, true
		}
	}
	return p.guard.userKey(login), false
}

// Tried implements pop3.Place. Only a wrong name or password is a failure.
func (p *place) Tried(login string, err error) {
	if p.slot >= 0 {
		p.guard.slots[p.slot].awaits.Store(0)
	}
	switch {
	case err == nil:
		p.succeeded(login)
	case isFailure(err):
		p.failed(login)
	}
}

// isFailure reports whether name or password were at fault.
func isFailure(err error) bool {
	var answer *pop3.Error
	return errors.As(err, &answer) && answer.Code == pop3.CodeAuth
}

func (p *place) failed(login string) {
	g := p.guard
	if p.address != 0 {
		g.words.addresses.fail(p.address, g.failures())
	}
	key, _ := p.key(login)
	g.words.users.fail(key, g.failures())
}

func (p *place) succeeded(login string) {
	g := p.guard
	if p.from == 0 {
		return
	}
	pair := g.pairKey(p.from, login)
	g.words.users.halve(pair, g.failures())
	if p.address != 0 && g.words.known.age(p.from, g.successes()) >= forgiveEvery {
		g.words.addresses.halve(p.address, g.failures())
	}
	g.words.known.remember(p.from, g.successes())
	g.words.known.remember(pair, g.successes())
}

// LogIn implements pop3.Place.
func (p *place) LogIn(account string) *pop3.Refusal {
	if p.slot < 0 {
		return nil
	}
	g, own := p.guard, &p.guard.slots[p.slot]
	key := g.userKey(account)
	own.account.Store(key)
	if state := own.state.Load(); state == evicted || waitsForLogin(state) && !own.state.CompareAndSwap(state, inside) {
		return p.crowded()
	}
	same := g.count(func(s *slot) bool { return s.account.Load() == key && s.state.Load() == inside })
	if most := g.limits.PerUser; most > 0 && same > most {
		own.account.Store(0)
		return &pop3.Refusal{Answer: pop3.ErrPerUser, Reason: "sessions of the user", Parameter: "max-per-user", Count: most}
	}
	return nil
}

// Leave implements pop3.Place.
func (p *place) Leave() {
	if p.slot >= 0 {
		p.guard.release(p.slot)
		p.slot = -1
	}
}
