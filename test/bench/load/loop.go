package load

import (
	"golang.org/x/sys/unix"
)

// client is one of a crowd that a loop serves.
type client struct {
	conn  *Conn
	steps []Step // left to do; the first one waits for its reply
	greet bool   // the greeting has not arrived yet
	reply reply
}

// loop serves the clients of a crowd in one thread.
type loop struct {
	crowd   *Crowd
	epoll   int
	buf     []byte
	clients []client
	active  int
	result  Result
}

// next starts the next session of a client, if there is one.
func (l *loop) next(i int) error {
	steps := l.crowd.Next(i)
	if steps == nil {
		return nil
	}
	c := &l.clients[i]
	*c = client{steps: steps, conn: c.conn}
	l.active++
	if l.crowd.Open != nil {
		return l.resume(i)
	}
	conn, err := connect(l.crowd.Target)
	if err != nil {
		return err
	}
	c.conn, c.greet = conn, true
	return l.watch(i)
}

// resume sends the first command on an open connection.
func (l *loop) resume(i int) error {
	c := &l.clients[i]
	if c.conn == nil {
		c.conn = l.crowd.Open[i]
		if err := l.watch(i); err != nil {
			return err
		}
	}
	return c.conn.send(c.steps[0])
}

// watch has the loop wait for the client's connection.
func (l *loop) watch(i int) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}
	return unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, l.clients[i].conn.fd, &event)
}

// readable reads what has arrived for a client and goes on if that completes a
// reply.
func (l *loop) readable(i int) error {
	c := &l.clients[i]
	var step Step
	if !c.greet {
		step = c.steps[0]
	}
	n, err := c.conn.receive(l.buf)
	if err != nil {
		return step.explain(err)
	}
	done, err := c.reply.take(l.buf[:n], step.multi)
	if !done || err != nil {
		return step.explain(err)
	}
	if !c.greet {
		l.result.Replies++
		l.result.Octets += c.reply.octets
		c.steps = c.steps[1:]
	}
	c.greet, c.reply = false, reply{}
	if len(c.steps) > 0 {
		return c.conn.send(c.steps[0])
	}
	return l.finish(i)
}

// finish ends a session.
func (l *loop) finish(i int) error {
	l.result.Sessions++
	l.active--
	if c := &l.clients[i]; l.crowd.Open == nil {
		c.conn.Close()
		c.conn = nil
	}
	return l.next(i)
}

// close closes the connections that the loop has made and an error has left.
func (l *loop) close() {
	for _, c := range l.clients {
		if c.conn != nil && l.crowd.Open == nil {
			c.conn.Close()
		}
	}
}
