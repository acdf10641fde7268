package proxy

import (
	"sync"
	"time"
)

const (
	// absentTime is how long a server that could not be reached is tried only
	// after the others, so that not each login waits for it.
	absentTime = time.Minute

	// maxAbsent bounds how many are remembered. User databases may name any
	// number.
	maxAbsent = 1000
)

// absent remembers which servers could not be reached. Goroutines may share it.
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

// reached notes that a server was reached.
func (a *absent) reached(s server) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.until, s)
}

// failed notes that a server was not reached, and reports whether that is news.
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
