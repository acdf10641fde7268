package guard

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"tpops/pkg/pop3"
)

// attempt is an attempt to log in that waits for its delay or is being checked.
type attempt struct {
	typed   loginKeys     // of the name that the client has sent, the first one of Begin
	user    uint64        // key of the login name, which may be that of the row by now
	since   time.Time     // of the first call of Begin; zero without an attempt
	waited  time.Duration // since then
	allowed bool          // the check may have begun
	counted uint64        // digest of the password or token; 0 without one
}

// pollInterval is how often an attempt checks whether earlier ones have ended.
const pollInterval = 50 * time.Millisecond

// Begin implements pop3.Limiter. Attempts in progress count as failed ones until
// End, so that parallel guesses are no faster than guesses one after the other. A
// client that waits only for such attempts begins as soon as they have ended, and
// after guess-delay-max at the latest.
//
// A user who has logged in from this address before waits only for failures of
// that user from this address.
func (c *connection) Begin(try pop3.Attempt) (pop3.Permit, *pop3.Refusal) {
	keys := c.keys(try.Login)
	delay, refusal := c.reserve(try, keys)
	return pop3.Permit{Delay: delay, Known: c.isKnown(keys)}, refusal
}

// reserve reserves the check of an attempt. It returns how long the attempt has to
// wait first. The same user under another spelling of the name does not wait again: only
// a user that exists has a row of another name, and the time would show it.
func (c *connection) reserve(try pop3.Attempt, keys loginKeys) (time.Duration, *pop3.Refusal) {
	if c.goOn(try, keys); c.attempt.allowed {
		return 0, nil
	}
	g := c.guard
	failed := max(c.delay(keys, progress{}), c.repeatDelay())
	if c.slot < 0 {
		rest := failed - min(c.attempt.waited, failed)
		c.attempt.allowed = rest == 0
		return rest, nil
	}
	own := &g.slots[c.slot]
	own.reserve(keys)
	if failed > 0 && c.tooMany(keys) {
		return 0, c.giveUp(keys)
	}
	p := g.inProgress(c.slot, c.address)
	need := max(c.delay(keys, p), failed)
	if rest := need - c.attempt.waited; rest > 0 {
		own.checking.Store(0)
		if need > failed {
			rest = min(rest, pollInterval/2+rand.N(pollInterval)) // Spread the retries.
		}
		return rest, nil
	}
	if need > failed && p.sameUser > freeFailures {
		return 0, c.giveUp(keys) // Checks that do not end must not bypass the delay.
	}
	c.attempt.allowed = true
	return 0, nil
}

// goOn goes on with the attempt of a user with a password or token, or begins it. Until
// End, another name is that of the row that the database has found for the first one.
func (c *connection) goOn(try pop3.Attempt, keys loginKeys) {
	now, secret := c.guard.now(), c.guard.secretKey(try.Login, try.Password)
	if c.attempt.since.IsZero() || c.attempt.user != keys.user || c.attempt.counted != secret {
		c.attempt = attempt{typed: cmp.Or(c.attempt.typed, keys), user: keys.user, since: now, counted: secret}
	}
	c.attempt.waited = max(now.Sub(c.attempt.since), 0)
}

// giveUp ends the attempt and refuses the client.
func (c *connection) giveUp(k loginKeys) *pop3.Refusal {
	score := c.score(k, c.guard.inProgress(c.slot, c.address))
	c.endAttempt()
	return tooManyFailures(score)
}

// endAttempt ends the attempt without counting it.
func (c *connection) endAttempt() {
	c.attempt = attempt{}
	if c.slot >= 0 {
		c.guard.slots[c.slot].endAttempt()
	}
}

// isKnown reports whether a client is known for Permit. At an address where a login
// has succeeded and none has failed, a new user is known too.
func (c *connection) isKnown(k loginKeys) bool {
	if k.known {
		return true
	}
	g := c.guard
	return c.address != 0 && c.known && g.tables.addresses.score(c.address, g.failureClock()) < minFailure
}

// End implements pop3.Limiter. Only a wrong name or password is a failure. The same
// wrong password of the same user counts once.
func (c *connection) End(login string, err error) {
	secret, typed := c.attempt.counted, c.attempt.typed
	c.endAttempt()
	switch {
	case err == nil:
		c.countSuccess(login, typed)
	case isFailure(err) && !c.guard.repeated(secret):
		c.countFailure(c.keys(login), typed)
	}
}

// isFailure reports whether the name or the password was wrong.
func isFailure(err error) bool {
	known := pop3.ErrorIn(err)
	return known != nil && known.Code == pop3.CodeAuth
}

// repeatDelay returns how long a password has to wait that has failed again and
// again. It does not delay other passwords of the user. It keeps a flood of the same
// password from using up the processors.
func (c *connection) repeatDelay() time.Duration {
	if c.attempt.counted == 0 {
		return 0
	}
	score := c.guard.tables.passwords.score(c.attempt.counted, c.guard.successClock())
	return delayFor(score, freeFailures, c.guard.limits.GuessDelayMax)
}

// countFailure counts a failed login. For the address it counts once per user.
func (c *connection) countFailure(k, typed loginKeys) {
	g := c.guard
	first := k.user == 0 || g.tables.users.score(k.pair, g.failureClock()) < minFailure
	if c.address != 0 && first {
		g.tables.addresses.fail(c.address, g.failureClock())
	}
	if k.user == 0 {
		return // Logins without a name, as with some tokens, share only the address.
	}
	if typed.user != k.user {
		typed = k // The delay of the row applied.
	}
	// Another spelling has not waited for the failures of the row, so that it counts too.
	c.failOwn(k.pair, k.own, typed.own)
	if !k.known || !typed.known {
		g.tables.users.fail(k.user, g.failureClock())
	}
}

// failOwn counts a failed login of a user at an address, once for each key.
func (c *connection) failOwn(keys ...uint64) {
	for i, key := range keys {
		if key != 0 && !slices.Contains(keys[:i], key) {
			c.guard.tables.users.fail(key, c.guard.failureClock())
		}
	}
}

// countSuccess makes the address and the user there known, and halves their failures. The
// name that the client has sent becomes known as well as that of the row: the client will
// send it again, and the database has shown that it is this user's.
func (c *connection) countSuccess(login string, typed loginKeys) {
	g := c.guard
	if c.from == 0 {
		return
	}
	if c.address != 0 && g.tables.known.age(c.from, g.successClock()) >= forgiveInterval {
		g.tables.addresses.halve(c.address, g.failureClock())
	}
	g.tables.known.set(c.from, g.successClock())
	own := g.ownKey(c.from, login)
	c.setKnown(own)
	if typed.own != 0 && typed.own != own {
		c.setKnown(typed.own)
	}
}

// setKnown makes a user at the address known, and halves the user's failures there.
func (c *connection) setKnown(own uint64) {
	g := c.guard
	g.tables.users.halve(own, g.failureClock())
	g.tables.known.set(own, g.successClock())
}
