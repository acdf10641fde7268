package pop3

import (
	"fmt"
	"sync"
	"time"
)

// loginBurst is how many logins may follow each other at once before
// LOGIN-DELAY refuses one. Some clients log in twice to fetch and to delete,
// and would fetch twice if the second login failed.
const loginBurst = 2

// maxDelayed is for how many users the last login is stored. Users whose wait is
// over are removed first, then others, since the wait only saves work and is no access control.
const maxDelayed = 1 << 16

// logins stores the last logins of users, for LOGIN-DELAY (RFC 2449 §6.5). It belongs
// to a Server, so that it outlives a Backend. The zero value is empty.
type logins struct {
	mu sync.Mutex
	// free is when a user's wait is over, with one delay for each login: a
	// user may log in as long as that is less than loginBurst delays ahead.
	free map[string]time.Time
}

// take notes a login, or returns false if it comes too soon.
func (l *logins) take(name string, delay time.Duration, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	free := l.free[name]
	if free.Before(now) {
		free = now
	}
	if free.Sub(now) > (loginBurst-1)*delay {
		return false
	}
	l.makeRoom(name, now)
	l.free[name] = free.Add(delay)
	return true
}

// makeRoom makes room for one more user.
func (l *logins) makeRoom(name string, now time.Time) {
	if l.free == nil {
		l.free = make(map[string]time.Time)
	}
	if _, known := l.free[name]; known || len(l.free) < maxDelayed {
		return
	}
	for other, free := range l.free {
		if !free.After(now) {
			delete(l.free, other)
		}
	}
	for other := range l.free {
		if len(l.free) < maxDelayed/2 {
			return
		}
		delete(l.free, other)
	}
}

// giveBack removes a login that failed later.
func (l *logins) giveBack(name string, delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if free, known := l.free[name]; known {
		l.free[name] = free.Add(-delay)
	}
}

// takeLogin enforces LOGIN-DELAY (RFC 2449 §6.5, §8.1.1) for a user who may log
// in and is counted under name, and returns a function to call if the login fails later.
func (a *authorization) takeLogin(name string, account *Account) (giveBack func(), err error) {
	delay := a.s.backend.loginDelay(account)
	if delay <= 0 || a.s.backend.Quiet {
		return func() {}, nil
	}
	logins := &a.s.server.logins
	if !logins.take(name, delay, time.Now()) {
		return nil, fmt.Errorf("login-delay %v: %w", delay, ErrTooSoon)
	}
	return func() { logins.giveBack(name, delay) }, nil
}

// loginDelay returns the delay for a user, or the longest one before login.
func (b *Backend) loginDelay(account *Account) time.Duration {
	if account == nil || account.LoginDelay == 0 {
		return b.LoginDelay
	}
	return min(b.LoginDelay, max(0, account.LoginDelay))
}
