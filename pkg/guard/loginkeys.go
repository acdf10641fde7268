package guard

import "time"

// loginKeys are the keys under which a login is counted. Only this file makes keys
// of a login name.
type loginKeys struct {
	user  uint64 // 0 for a login without a name
	pair  uint64 // of address and user; 0 without an address
	own   uint64 // the same for these exact octets; equal to pair for most names
	known bool   // a login of own has succeeded
}

func (c *connection) keys(login string) loginKeys {
	if login == "" {
		return loginKeys{}
	}
	k := loginKeys{user: c.guard.userKey(login)}
	if c.from != 0 {
		k.pair = c.guard.pairKey(c.from, login)
		k.own = c.guard.ownKey(c.from, login)
		k.known = c.guard.isKnown(k.own)
	}
	return k
}

// delayKey returns the key whose failures delay the login: that of the own name at
// the address if it is known, so that failures at other addresses do not count, else that of the
// user.
func (k loginKeys) delayKey() uint64 {
	if k.known {
		return k.own
	}
	return k.user
}

// userScore returns the failures that delay a login because of its user.
func (c *connection) userScore(k loginKeys) float64 {
	if k.user == 0 {
		return 0
	}
	return c.guard.tables.users.score(k.delayKey(), c.guard.failureClock())
}

// addressScore returns the failures that delay a login because of its address: how
// many users have failed to log in from there.
func (c *connection) addressScore(k loginKeys) float64 {
	if k.known || c.address == 0 {
		return 0
	}
	return c.guard.tables.addresses.score(c.address, c.guard.failureClock())
}

// delay returns how long a login has to wait if the attempts in progress fail.
func (c *connection) delay(k loginKeys, p progress) time.Duration {
	longest := c.guard.limits.GuessDelayMax
	byUser := delayFor(c.userScore(k)+float64(p.sameUser), freeFailures, longest)
	if k.known || c.address == 0 {
		return byUser
	}
	return max(byUser, delayFor(c.addressScore(k)+float64(p.otherUsers), freeUsers, longest))
}

// score returns the count of failures that a refusal reports.
func (c *connection) score(k loginKeys, p progress) float64 {
	return max(c.userScore(k)+float64(p.sameUser), c.addressScore(k))
}

// tooMany reports whether too many attempts wait because of failures. Unknown
// clients at other addresses do not lock a user out: where no login of the user has
// failed, one attempt may wait beside them.
func (c *connection) tooMany(k loginKeys) bool {
	g := c.guard
	counted := !k.known && c.address != 0
	if counted && delayFor(c.addressScore(k), freeUsers, g.limits.GuessDelayMax) > 0 && g.countAddress(c.address).delayed > maxDelayed {
		return true
	}
	if k.user == 0 || c.userScore(k) < minFailure {
		return false
	}
	noFailureHere := counted && g.tables.users.score(k.pair, g.failureClock()) < minFailure
	return g.count(func(other *slot) bool {
		sameUser := other.attempt.Load() == k.delayKey()
		return sameUser && (!noFailureHere || other.address.Load() == c.address)
	}) > maxDelayed
}
