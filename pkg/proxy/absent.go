package proxy

import (
	"sync"
	"time"
)

const (
	// absentTime is how long an unreachable server is tried only after the others, so
	// that not every login waits for it.
	absentTime = time.Minute

	// maxAbsent is the maximum number of remembered servers. A user database may have
	// any number.
	maxAbsent = 1000
)

// absent remembers which servers were unreachable. Goroutines may share it.
type absent struct {
	mu    sync.Mutex
	until map[server]time.Time
}

// order returns the servers in the order in which to try them.
func (a *absent) order(servers []server) []server {
	a.mu.Lock()
	defer a.mu.Unlock()
	var present, others []server
	for _, s := range servers {
		if time.Now().Before(a.until[s]) {
			others = append(others, s)
		} else {
			present = append(present, s)
		}
	}
	return append(present, others...)
}

// reached records that a server was reached.
func (a *absent) reached(s server) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.until, s)
}

// failed records that a server was not reached. It reports whether this is new.
func (a *absent) failed(s server) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if now.Before(a.until[s]) {
		return false
	}
	for old, until := range a.until {
		if len(a.until) >= maxAbsent && !now.Before(until) {
			delete(a.until, old)
		}
	}
	if len(a.until) < maxAbsent {
		a.until[s] = now.Add(absentTime)
	}
	return true
}
