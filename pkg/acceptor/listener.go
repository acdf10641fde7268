// Package acceptor provides a listener that the accept loop of a server can use
// as any other, and that a supervisor can control from outside the loop:
//
//   - Insert gives the loop a connection, as if a client had connected. With it the
//     watchdog tests that the loop still runs.
//   - Pause makes the loop wait without accepting, and reports whether it does. All
//     connections that it has accepted have reached the server by then; later ones
//     stay in the socket's queue, where another process can accept them. With it a
//     daemon that is not needed ends without disappointing a client.
package acceptor

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// Socket is a listener with a deadline: a net.TCPListener or a net.UnixListener.
type Socket interface {
	net.Listener
	SetDeadline(time.Time) error
}

// Listener wraps a Socket. Only one goroutine may call Accept; all other methods
// may be called by several. Make one with New.
type Listener struct {
	Socket

	mu       sync.Mutex
	inserted []entry
	resumed  chan struct{} // not nil while paused; closed by Resume
	resting  chan struct{} // not nil while paused; closed when Accept waits
	isAtRest bool
	closed   bool
	closing  chan struct{}
}

// entry is a connection that Accept has still to return.
type entry struct {
	conn     net.Conn
	accepted chan struct{}
}

// New returns a listener that accepts from a socket, which it closes with Close.
func New(s Socket) *Listener { return &Listener{Socket: s, closing: make(chan struct{})} }

// Accept returns an inserted connection, or one of a client. Its errors are those
// of the socket.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		conn, resumed := l.next()
		if conn != nil {
			return conn, nil
		}
		if resumed != nil {
			select {
			case <-resumed:
			case <-l.closing:
			}
			continue
		}
		conn, err := l.Socket.Accept()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue // A connection was inserted, or the listener was paused.
		}
		return conn, err
	}
}

// next returns an inserted connection, or what to wait for while the listener is
// paused. With neither, Accept asks the socket.
func (l *Listener) next() (net.Conn, chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, nil // The socket returns the error.
	}
	if l.resumed != nil {
		if !l.isAtRest {
			l.isAtRest = true
			close(l.resting)
		}
		return nil, l.resumed
	}
	if len(l.inserted) == 0 {
		return nil, nil
	}
	first := l.inserted[0]
	l.inserted = l.inserted[1:]
	close(first.accepted)
	l.setDeadline()
	return first.conn, nil
}

// interrupted is a time in the past: a deadline that interrupts Accept.
func interrupted() time.Time { return time.Unix(1, 0) }

// setDeadline interrupts Accept as long as it has something else to do. The caller
// holds the lock. The socket's error is that it is closed, which Accept returns.
func (l *Listener) setDeadline() {
	if len(l.inserted) > 0 || l.resumed != nil {
		_ = l.Socket.SetDeadline(interrupted())
		return
	}
	_ = l.Socket.SetDeadline(time.Time{})
}

// Insert has Accept return conn, and returns a channel that is closed then. Until
// then Withdraw can take it back.
func (l *Listener) Insert(conn net.Conn) (accepted <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := entry{conn, make(chan struct{})}
	l.inserted = append(l.inserted, e)
	l.setDeadline()
	return e.accepted
}

// Withdraw takes back an inserted connection and reports whether it could: false
// if Accept has returned it.
func (l *Listener) Withdraw(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, e := range l.inserted {
		if e.conn == conn {
			l.inserted = append(l.inserted[:i:i], l.inserted[i+1:]...)
			l.setDeadline()
			return true
		}
	}
	return false
}

// Pause stops accepting and waits until Accept waits too, or until ctx is done. It
// reports whether Accept waits: then every connection it has accepted was
// returned. Resume accepts again, also after false.
func (l *Listener) Pause(ctx context.Context) bool {
	l.mu.Lock()
	if l.resumed == nil {
		l.resumed, l.resting, l.isAtRest = make(chan struct{}), make(chan struct{}), false
		l.setDeadline()
	}
	resting := l.resting
	l.mu.Unlock()
	select {
	case <-resting:
		return true
	case <-ctx.Done():
		return false
	}
}

// Resume accepts connections again after Pause.
func (l *Listener) Resume() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.resumed == nil {
		return
	}
	close(l.resumed)
	l.resumed, l.resting = nil, nil
	l.setDeadline()
}

// Close closes the socket. Accept returns its error, also while paused. Inserted
// connections that were not accepted stay their owner's.
func (l *Listener) Close() error {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.closing)
	}
	l.mu.Unlock()
	return l.Socket.Close()
}
