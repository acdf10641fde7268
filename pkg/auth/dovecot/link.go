package dovecot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// maxConns is the highest number of connections to a socket, with those that take no
// more requests.
const maxConns = 8

var (
	errBusy    = fmt.Errorf("more than %d requests wait for Dovecot", maxConns*maxPending)
	errClosed  = errors.New("the database is closed")
	errTimeout = errors.New("no answer within the time limit")
)

// link connects to a socket of Dovecot, again whenever the connection has ended.
// Goroutines may share it.
type link struct {
	path    string
	role    role
	timeout time.Duration // for a connection, and for a reply
	turn    chan struct{} // one goroutine connects at a time
	open    func(ctx context.Context, network, address string) (net.Conn, error)

	mu       sync.Mutex
	conns    []*conn // the newest last
	closed   bool
	failure  error     // of the last attempt to connect
	failedAt time.Time // when that was
	seen     []string  // mechanisms of the last connection
	seenAt   time.Time // zero: never
	missedAt time.Time // when the list was last looked for in vain
}

func newLink(path string, r role, timeout time.Duration) *link {
	return &link{path: path, role: r, timeout: timeout, turn: make(chan struct{}, 1), open: new(net.Dialer).DialContext}
}

// limit returns a context that ends after the time limit of a reply.
func (l *link) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, l.timeout, errTimeout)
}

// roundTrip begins a request with the line for its id, and returns the reply. If that
// is no final reply, the request can go on. It repeats the request if a connection that
// was open before has ended, as after a restart of Dovecot.
func (l *link) roundTrip(ctx context.Context, line func(id uint32) string) (reply, *request, error) {
	ctx, cancel := l.limit(ctx)
	defer cancel()
	for again := true; ; again = false {
		r, fresh, err := l.begin(ctx)
		if err != nil {
			return reply{}, nil, l.about(err)
		}
		answer, err := r.ask(ctx, line(r.id))
		if err == nil {
			return answer, r, nil
		}
		if errors.Is(err, errTimeout) {
			r.conn.retire()
		}
		if fresh || !again || !errors.Is(err, errLost) {
			return reply{}, nil, l.about(err)
		}
	}
}

// about returns an error with the path of the socket.
func (l *link) about(err error) error { return fmt.Errorf("dovecot: %s: %w", l.path, err) }

// begin returns a new request, and whether its connection was made for it.
func (l *link) begin(ctx context.Context) (r *request, fresh bool, err error) {
	start := time.Now()
	if r, err = l.onOpen(); r != nil || err != nil {
		return r, false, err
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return nil, false, endOf(ctx)
	}
	if r, err = l.onOpen(); r != nil || err != nil {
		return r, false, err // Another goroutine has connected.
	}
	if err := l.failedSince(start); err != nil {
		return nil, false, err
	}
	c, err := l.connect(ctx)
	if err != nil {
		return nil, false, err
	}
	if r = c.begin(); r == nil {
		return nil, false, errLost
	}
	return r, true, nil
}

// onOpen returns a new request on an open connection, nil if there is none.
func (l *link) onOpen() (*request, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errClosed
	}
	l.conns = slices.DeleteFunc(l.conns, (*conn).ended)
	for _, c := range slices.Backward(l.conns) {
		if r := c.begin(); r != nil {
			return r, nil
		}
	}
	if len(l.conns) >= maxConns {
		return nil, errBusy
	}
	return nil, nil
}

// failedSince returns the error of an attempt to connect since start, nil if there was
// none. Logins that have waited for such an attempt do not repeat it.
func (l *link) failedSince(start time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failure != nil && l.failedAt.After(start) {
		return l.failure
	}
	return nil
}

// connect connects. Only the goroutine whose turn it is calls it.
func (l *link) connect(ctx context.Context) (*conn, error) {
	c, err := l.dial(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil { // else the reason is that of one login
			l.failure, l.failedAt = err, time.Now()
		}
		return nil, err
	}
	l.failure = nil
	if l.closed {
		c.fail(errClosed)
		return nil, errClosed
	}
	l.seen, l.seenAt = c.mechanisms, time.Now()
	l.conns = append(l.conns, c)
	return c, nil
}

// close ends all connections. Requests that wait fail.
func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, c := range l.conns {
		c.fail(errClosed)
	}
	l.conns = nil
}
