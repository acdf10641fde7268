package metrics

import (
	"net"
	"net/http"
	"slices"
	"sync"
)

// Limit returns a listener for Server with a limited number of connections. A client that
// connects when all places are taken gets that of another, so that no client can keep
// Prometheus out.
func Limit(l net.Listener) net.Listener { return &limited{Listener: l} }

// limited is a listener with a limited number of connections. Goroutines may share it.
type limited struct {
	net.Listener
	mu   sync.Mutex
	open []*placedConn // the one that has waited longest first
}

// placedConn is a connection that has a place.
type placedConn struct {
	net.Conn
	listener *limited
	active   bool // a request is being answered; guarded by the listener's lock
}

// Accept waits for a connection. If there are too many then, it closes another.
func (l *limited) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &placedConn{Conn: conn, listener: l}
	if other := l.add(c); other != nil {
		_ = other.Conn.Close() // The server has nothing to send there.
	}
	return c, nil
}

// add adds a connection, and returns the one that loses its place, or nil: the one that has
// waited longest for a request, or if none waits, the one whose answer began first.
func (l *limited) add(c *placedConn) (other *placedConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) >= maxConns {
		i := max(0, slices.IndexFunc(l.open, func(o *placedConn) bool { return !o.active }))
		other = l.open[i]
		l.open = slices.Delete(l.open, i, i+1)
	}
	l.open = append(l.open, c)
	return other
}

// note notes whether a request of a connection is being answered.
func (l *limited) note(c *placedConn, active bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.open, c); i >= 0 {
		c.active = active
		l.open = append(slices.Delete(l.open, i, i+1), c)
	}
}

// Close closes the connection and gives its place back. It may be called again.
func (c *placedConn) Close() error {
	l := c.listener
	l.mu.Lock()
	if i := slices.Index(l.open, c); i >= 0 {
		l.open = slices.Delete(l.open, i, i+1)
	}
	l.mu.Unlock()
	return c.Conn.Close()
}

// noteState is the hook of the server for the states of its connections.
func noteState(conn net.Conn, state http.ConnState) {
	c, ok := conn.(*placedConn)
	if ok && (state == http.StateActive || state == http.StateIdle) {
		c.listener.note(c, state == http.StateActive)
	}
}
