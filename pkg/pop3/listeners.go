package pop3

import (
	"net"
	"sync"
)

// listeners has the listeners of a server that calls of Serve accept connections from.
// Goroutines may share it.
type listeners struct {
	closing *request // made under the lock, so that no listener is added after it

	mu      sync.Mutex
	all     map[net.Listener]struct{}
	serving sync.WaitGroup // from add to remove
}

func newListeners(closing *request) *listeners {
	return &listeners{closing: closing, all: make(map[net.Listener]struct{})}
}

// add notes a listener, or returns false if the server is closing.
func (l *listeners) add(one net.Listener) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing.hasBegun() {
		return false
	}
	l.all[one] = struct{}{}
	l.serving.Add(1)
	return true
}

// remove forgets a listener from which no more connections come.
func (l *listeners) remove(one net.Listener) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, one)
	l.serving.Done()
}

// count returns how many listeners there are.
func (l *listeners) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

// close makes the server closing, and closes its listeners. A second call does nothing.
func (l *listeners) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing.hasBegun() {
		return
	}
	l.closing.begin() // Before the listeners are closed: Serve looks for it when Accept fails.
	for one := range l.all {
		_ = one.Close() // Serve sees it as the error of Accept.
	}
}

// wait returns when close was called and all calls of Serve have ended.
func (l *listeners) wait() { l.serving.Wait() }
