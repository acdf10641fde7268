package dovecot

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// request is a request on a connection, until its final reply. One goroutine uses it.
type request struct {
	conn    *conn
	id      uint32
	replies chan reply
	waits   bool // a reply is expected; protected by conn.mu
}

// cancelTime is the maximum wait to send that a request is given up.
const cancelTime = time.Second

// ask sends a line and returns the reply to it. The error wraps errLost if the
// connection has ended, or is that of ctx; the request is given up then.
func (r *request) ask(ctx context.Context, line string) (reply, error) {
	c := r.conn
	c.mu.Lock()
	if c.failure != nil {
		defer c.mu.Unlock()
		return reply{}, c.failure
	}
	r.waits = true
	c.mu.Unlock()
	if err := c.send(line, c.timeout); err != nil {
		return reply{}, err
	}
	select {
	case answer := <-r.replies:
		return answer, nil
	case <-ctx.Done():
		r.giveUp()
		return reply{}, endOf(ctx)
	case <-c.lost:
	}
	select {
	case answer := <-r.replies: // It arrived before the connection ended.
		return answer, nil
	default:
		c.mu.Lock()
		defer c.mu.Unlock()
		return reply{}, c.failure
	}
}

// endOf returns why ctx has ended: errTimeout, or its error without the cause, which may
// be a reply to the client.
func endOf(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), errTimeout) {
		return errTimeout
	}
	return ctx.Err()
}

// giveUp ends a request without a final reply. Its id remains taken: Dovecot may still
// answer. It does nothing after the final reply.
func (r *request) giveUp() {
	c := r.conn
	c.mu.Lock()
	_, open := c.pending[r.id]
	if open {
		c.gone[r.id] = struct{}{}
		c.remove(r.id)
	}
	ended := c.failure != nil
	c.mu.Unlock()
	if open && !ended && len(c.mechanisms) > 0 {
		// An error ends the connection, which is all that could be done about it.
		_ = c.send(fmt.Sprintf("CANCEL\t%d\n", r.id), cancelTime)
	}
}

// drop ends a request that was never sent.
func (r *request) drop() {
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	r.conn.remove(r.id)
}
