package guard

import (
	"errors"
	"time"

	"tpops/pkg/pop3"
)

// Try implements pop3.Place. A user who has logged in from this address before
// waits only for failures of that user from here: neither what others from the
// same address do, nor what strangers do elsewhere, keeps anyone out.
func (p *place) Try(login string) (time.Duration, *pop3.Refusal) {
	g := p.guard
	key, known := p.key(login)
	score := g.words.users.score(key, g.failures())
	if login == "" {
		score = 0
	}
	if !known && p.address != 0 {
		score = max(score, g.words.addresses.score(p.address, g.failures()))
	}
	delay := growth(score, g.limits.GuessDelayMax)
	if delay == 0 || p.slot < 0 {
		return delay, nil
	}
	own := &g.slots[p.slot]
	own.awaits.Store(key)
	if p.tooMany(key, known) {
		own.awaits.Store(0)
		return 0, tooManyFailed(score)
	}
	return delay, nil
}

// tooMany reports whether too many wait at the address, or for the user with
// this key. Strangers at other addresses keep nobody out by waiting for a user
// whom they guess at: where no login has failed, one is let wait beside them.
func (p *place) tooMany(key uint64, known bool) bool {
	g, counted := p.guard, !known && p.address != 0
	if counted && g.look(p.address).waiting > mostWaiting {
		return true
	}
	if counted && g.words.addresses.score(p.address, g.failures()) < firstFailure {
		return false
	}
	return g.count(func(s *slot) bool { return s.awaits.Load() == key }) > mostWaiting
}

// Known implements pop3.Place. A stranger at an address from which somebody has
// logged in is known too, as long as nothing fails there.
func (p *place) Known(login string) bool {
	if _, known := p.key(login); known {
		return true
	}
	g := p.guard
	return p.address != 0 && p.spared && g.words.addresses.score(p.address, g.failures()) < firstFailure
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
	if login == "" {
		return // All who give no name, as with some tokens, have nothing else in common.
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
