package guard

import (
	"math/rand/v2"
	"time"

	"tpops/pkg/pop3"
)

// attempt is a check of a password that a place waits for or has begun.
type attempt struct {
	login   string
	since   time.Time     // when Try was first called; zero without an attempt
	waited  time.Duration // since then
	counted uint64        // digest of what is tried; 0 without a secret
}

// pollEvery is how often an attempt looks whether those before it have ended.
const pollEvery = 50 * time.Millisecond

// Try implements pop3.Place. It reserves the check: attempts in progress count
// as failed ones until Tried, so that parallel guesses are no faster than
// guesses one after the other. A client that waits for them alone begins as
// soon as they have ended, and after guess-delay-max at the latest.
//
// A user who has logged in from this address before waits only for failures of
// that user from here.
func (p *place) Try(login, secret string) (time.Duration, *pop3.Refusal) {
	g := p.guard
	now := g.now()
	if p.attempt.since.IsZero() || p.attempt.login != login {
		p.attempt = attempt{login: login, since: now, counted: g.secretKey(login, secret)}
	}
	p.attempt.waited = max(now.Sub(p.attempt.since), 0)
	subject := p.subject(login)
	failed := max(p.delay(subject, counts{}), p.repeatDelay())
	if p.slot < 0 {
		return failed - min(p.attempt.waited, failed), nil
	}
	own := &g.slots[p.slot]
	own.reserve(subject)
	if failed > 0 && p.tooMany(subject) {
		return 0, p.giveUp(subject)
	}
	begun := g.inProgress(p.slot, p.address)
	need := max(p.delay(subject, begun), failed)
	if rest := need - p.attempt.waited; rest > 0 {
		own.checking.Store(0)
		if need > failed {
			rest = min(rest, pollEvery/2+rand.N(pollEvery)) // Not all at the same moment.
		}
		return rest, nil
	}
	if need > failed && begun.same > free {
		return 0, p.giveUp(subject) // Checks that do not end are no way around the delay.
	}
	return 0, nil
}

// giveUp ends the attempt and refuses the client.
func (p *place) giveUp(s subject) *pop3.Refusal {
	score := p.score(s, p.guard.inProgress(p.slot, p.address))
	p.settle()
	return tooManyFailed(score)
}

// settle ends the attempt.
func (p *place) settle() {
	p.attempt = attempt{}
	if p.slot >= 0 {
		p.guard.slots[p.slot].settle()
	}
}

// Known implements pop3.Place. A new user at an address where a login has
// succeeded is known too, as long as nothing fails there.
func (p *place) Known(login string) bool {
	if p.subject(login).known {
		return true
	}
	g := p.guard
	return p.address != 0 && p.spared && g.words.addresses.score(p.address, g.failures()) < firstFailure
}

// Tried implements pop3.Place. Only a wrong name or password is a failure, and
// the same wrong password of the same user is one only once.
func (p *place) Tried(login string, err error) {
	secret := p.attempt.counted
	p.settle()
	switch {
	case err == nil:
		p.succeeded(login)
	case isFailure(err) && !p.guard.repeats(secret):
		p.failed(p.subject(login))
	}
}

// isFailure reports whether name or password were at fault.
func isFailure(err error) bool {
	known := pop3.ErrorIn(err)
	return known != nil && known.Code == pop3.CodeAuth
}

// repeats reports whether this secret has failed before, and remembers it.
// Only its keyed digest is kept. An old password that a device sends for ever
// is no use to an attacker.
func (m *Memory) repeats(digest uint64) bool {
	if digest == 0 {
		return false
	}
	again := m.words.tried.score(digest, m.successes()) >= firstFailure
	m.words.tried.fail(digest, m.successes())
	return again
}

// repeatDelay returns how long a secret has to wait that failed again and again.
// It delays no other password of the user, but keeps a flood of the same one
// from using up the processors.
func (p *place) repeatDelay() time.Duration {
	if p.attempt.counted == 0 {
		return 0
	}
	score := p.guard.words.tried.score(p.attempt.counted, p.guard.successes())
	return growth(score, free, p.guard.limits.GuessDelayMax)
}

// failed counts a failure. That of an address counts once for each user.
func (p *place) failed(s subject) {
	g := p.guard
	first := s.user == 0 || g.words.users.score(s.pair, g.failures()) < firstFailure
	if p.address != 0 && first {
		g.words.addresses.fail(p.address, g.failures())
	}
	if s.user == 0 {
		return // Clients without a name, as with some tokens, have nothing else in common.
	}
	if s.pair != 0 {
		g.words.users.fail(s.pair, g.failures())
	}
	if !s.known {
		g.words.users.fail(s.user, g.failures())
	}
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
