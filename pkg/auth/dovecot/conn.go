package dovecot

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	// connLife is how long a connection takes new requests. A process of Dovecot that
	// was replaced (doveadm reload) or stopped serves its connections for as long as
	// they are open.
	connLife = 10 * time.Second
	// connEnd is how long a connection stays open after connLife for requests that
	// have no final reply. Dovecot forgets a request after 150 seconds.
	connEnd = 3 * time.Minute
	// maxPending is the highest number of requests without a final reply.
	maxPending = 256
	// maxUnknown is the highest number of lines of an unknown kind.
	maxUnknown = 100
)

// errLost is wrapped by the errors of requests whose connection has ended.
var errLost = errors.New("connection to Dovecot lost")

// conn is a connection after its handshake. Goroutines may share it.
type conn struct {
	socket     net.Conn
	timeout    time.Duration // for a write
	mechanisms []string

	write sync.Mutex // held while a line is written

	mu      sync.Mutex
	pending map[uint32]*request
	gone    map[uint32]struct{} // requests that were given up, which may still be answered
	lastID  uint32
	retired bool
	failure error         // why the connection has ended
	lost    chan struct{} // closed when the connection has ended
	end     *time.Timer
}

// newConn returns the connection on a socket, and reads its replies until it ends.
func newConn(socket net.Conn, from *bufio.Reader, mechanisms []string, timeout time.Duration) *conn {
	c := &conn{
		socket: socket, timeout: timeout, mechanisms: mechanisms,
		pending: map[uint32]*request{}, gone: map[uint32]struct{}{}, lost: make(chan struct{}),
	}
	c.end = time.AfterFunc(connLife, c.retire)
	go c.read(from)
	return c
}

// read delivers replies until the connection ends.
func (c *conn) read(from *bufio.Reader) {
	unknown := 0
	for {
		line, err := readLine(from)
		if err != nil {
			c.fail(err)
			return
		}
		r, err := parseReply(line)
		switch {
		case err != nil:
		case r != nil:
			err = c.deliver(*r)
		default:
			if unknown++; unknown > maxUnknown {
				err = fmt.Errorf("%w: more than %d unknown lines", errReply, maxUnknown)
			}
		}
		if err != nil {
			c.fail(err)
			return
		}
	}
}

// deliver gives a reply to the request that waits for it.
func (c *conn) deliver(r reply) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	waiting := c.pending[r.id]
	if waiting == nil {
		if _, late := c.gone[r.id]; late {
			return nil
		}
		return fmt.Errorf("%w: %s for a request that does not exist", errReply, r.kind)
	}
	if !waiting.waits {
		return fmt.Errorf("%w: %s for a request that waits for no reply", errReply, r.kind)
	}
	waiting.waits = false
	waiting.replies <- r // It has room for the one reply.
	if r.kind != replyContinue {
		c.remove(r.id)
	}
	return nil
}

// remove removes a request. It closes a connection that takes no more requests after
// the last one. The caller holds mu.
func (c *conn) remove(id uint32) {
	delete(c.pending, id)
	if c.retired && len(c.pending) == 0 {
		c.close(net.ErrClosed)
	}
}

// begin returns a new request, nil if the connection takes no more.
func (c *conn) begin() *request {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failure != nil || c.retired || len(c.pending) >= maxPending {
		return nil
	}
	c.lastID++
	r := &request{conn: c, id: c.lastID, replies: make(chan reply, 1)}
	c.pending[r.id] = r
	return r
}

// ended reports whether the connection has ended.
func (c *conn) ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failure != nil
}

// retire has the connection take no more requests. It ends when those it has are
// finished, or after connEnd.
func (c *conn) retire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.retired || c.failure != nil {
		return
	}
	c.retired = true
	if len(c.pending) == 0 {
		c.close(net.ErrClosed)
		return
	}
	c.end.Stop()
	c.end = time.AfterFunc(connEnd, func() { c.fail(errors.New("no final reply")) })
}

// fail ends the connection, and with it all its requests.
func (c *conn) fail(reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.close(reason)
}

// close ends the connection. The caller holds mu.
func (c *conn) close(reason error) {
	if c.failure != nil {
		return
	}
	c.failure = fmt.Errorf("%w: %w", errLost, reason)
	c.end.Stop()
	close(c.lost)
	c.socket.Close()
}

// send writes a line within a time. If that fails, the connection ends: half of a line
// may have been sent.
func (c *conn) send(line string, within time.Duration) error {
	c.write.Lock()
	defer c.write.Unlock()
	if err := c.socket.SetWriteDeadline(time.Now().Add(within)); err != nil {
		return fmt.Errorf("%w: %w", errLost, err)
	}
	if _, err := c.socket.Write([]byte(line)); err != nil {
		c.fail(err)
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return nil
}
