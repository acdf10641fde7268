package guard

import "time"

// subject is under which keys a login is counted. It is the one place where a
// name becomes keys.
type subject struct {
	user  uint64 // 0 for a login without a name
	pair  uint64 // of address and user; 0 without an address
	known bool   // a login of the pair has succeeded
}

func (p *place) subject(login string) subject {
	if login == "" {
		return subject{}
	}
	s := subject{user: p.guard.userKey(login)}
	if p.from != 0 {
		s.pair = p.guard.pairKey(p.from, login)
		s.known = p.guard.isKnown(s.pair)
	}
	return s
}

// key returns the key whose failures delay the login: that of the pair if it is
// known, so that failures at other addresses do not count, else that of the user.
func (s subject) key() uint64 {
	if s.known {
		return s.pair
	}
	return s.user
}

// userScore returns the failures that delay a login because of its user.
func (p *place) userScore(s subject) float64 {
	if s.user == 0 {
		return 0
	}
	return p.guard.words.users.score(s.key(), p.guard.failures())
}

// addressScore returns the failures that delay a login because of its address:
// users for whom a login failed there.
func (p *place) addressScore(s subject) float64 {
	if s.known || p.address == 0 {
		return 0
	}
	return p.guard.words.addresses.score(p.address, p.guard.failures())
}

// delay returns how long a login has to wait, if the attempts in begun fail.
func (p *place) delay(s subject, begun counts) time.Duration {
	most := p.guard.limits.GuessDelayMax
	byUser := growth(p.userScore(s)+float64(begun.same), free, most)
	if s.known || p.address == 0 {
		return byUser
	}
	return max(byUser, growth(p.addressScore(s)+float64(begun.waiting), freeUsers, most))
}

// score returns what a refusal reports as counted.
func (p *place) score(s subject, begun counts) float64 {
	return max(p.userScore(s)+float64(begun.same), p.addressScore(s))
}

// tooMany reports whether too many attempts are in progress while failures
// make the login wait. Strangers at other addresses keep no user out: where no
// login of the user has failed, one may wait beside them.
func (p *place) tooMany(s subject) bool {
	g := p.guard
	counted := !s.known && p.address != 0
	if counted && growth(p.addressScore(s), freeUsers, g.limits.GuessDelayMax) > 0 && g.look(p.address).waiting > mostWaiting {
		return true
	}
	if s.user == 0 || p.userScore(s) < firstFailure {
		return false
	}
	fresh := counted && g.words.users.score(s.pair, g.failures()) < firstFailure
	return g.count(func(other *slot) bool {
		same := other.awaits.Load() == s.key()
		return same && (!fresh || other.address.Load() == p.address)
	}) > mostWaiting
}
