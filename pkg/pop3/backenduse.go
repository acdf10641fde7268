package pop3

import (
	"sync"
	"sync/atomic"
)

// countedBackend is a Backend with the number of its uses: by sessions, and by servers that
// may get sessions. A Server and its Successor have no lock in common.
type countedBackend struct {
	*Backend
	uses     atomic.Int64
	released sync.Once // The Successor of a server that has ended uses it again.
}

// newCountedBackend returns a Backend with one use.
func newCountedBackend(b *Backend) *countedBackend { return (&countedBackend{Backend: b}).use() }

func (t *countedBackend) use() *countedBackend {
	t.uses.Add(1)
	return t
}

// leave ends a use. The last one to end releases the Backend.
func (t *countedBackend) leave() {
	if t.uses.Add(-1) == 0 && t.Release != nil {
		t.released.Do(t.Release)
	}
}

// nextBackend is the Backend of the sessions to come of a server. The server uses it until
// it gets no further session. Goroutines may share it.
type nextBackend struct {
	mu      sync.Mutex
	current *countedBackend // not nil, also after the end
	kept    bool            // stop does not end the use
	ended   bool
}

// get returns the Backend.
func (n *nextBackend) get() *Backend {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.current.Backend
}

// use returns the Backend for a session, or for a Successor, which ends this use.
func (n *nextBackend) use() *countedBackend {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.current.use()
}

// set replaces the Backend. After keep or the end b is released at once.
func (n *nextBackend) set(b *Backend) {
	n.mu.Lock()
	old := newCountedBackend(b)
	if !n.kept && !n.ended {
		n.current, old = old, n.current
	}
	n.mu.Unlock()
	old.leave()
}

// keep lets only end end the use: a session that has left the server may go on in a
// Successor.
func (n *nextBackend) keep() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kept = true
}

// stop ends the use unless the Backend is kept.
func (n *nextBackend) stop() { n.endUse(false) }

// end ends the use, also of a Backend that is kept.
func (n *nextBackend) end() { n.endUse(true) }

func (n *nextBackend) endUse(alsoKept bool) {
	n.mu.Lock()
	ends := !n.ended && (alsoKept || !n.kept)
	n.ended = n.ended || ends
	n.mu.Unlock()
	if ends {
		n.current.leave()
	}
}

// SetBackend makes b the Backend of the sessions to come. The one before is
// released when its last session has ended. After Shutdown or Close b is
// released at once.
func (s *Server) SetBackend(b *Backend) { s.backend.set(b) }
