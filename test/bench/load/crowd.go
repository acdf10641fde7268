package load

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// bufferSize is that of a client's buffer: a large message arrives in as few
// system calls as possible.
const bufferSize = 256 << 10

// Buffer returns a buffer for Dial and Do.
func Buffer() []byte { return make([]byte, bufferSize) }

// Crowd is several clients at a time.
type Crowd struct {
	Target  Target
	Clients int
	// Next returns the commands of the next session of a client, or nil if the
	// client has finished. With TLS the clients call it at the same time.
	Next func(client int) []Step
	// Open are connections to send the commands on, one for each client. Without
	// them each session has a connection of its own.
	Open []*Conn
}

// Result is what the clients of a crowd have done together.
type Result struct {
	Sessions int   // or batches of commands, on open connections
	Replies  int64 // without greetings
	Octets   int64 // of all replies
	Took     time.Duration
}

// Run has all clients do their work, and returns the first error.
func (c *Crowd) Run() (Result, error) {
	start := time.Now()
	run := c.poll
	if c.Target.TLS != nil {
		run = c.threads
	}
	result, err := run()
	result.Took = time.Since(start)
	return result, err
}

// threads runs a goroutine for each client.
func (c *Crowd) threads() (Result, error) {
	results := make([]Result, c.Clients)
	errs := make([]error, c.Clients)
	var all sync.WaitGroup
	for i := range c.Clients {
		all.Go(func() { results[i], errs[i] = c.one(i, Buffer()) })
	}
	all.Wait()
	var sum Result
	for _, r := range results {
		sum.Sessions += r.Sessions
		sum.Replies += r.Replies
		sum.Octets += r.Octets
	}
	return sum, errors.Join(errs...)
}

// one is a client in a goroutine of its own.
func (c *Crowd) one(client int, buf []byte) (Result, error) {
	var r Result
	for steps := c.Next(client); steps != nil; steps = c.Next(client) {
		conn, err := c.conn(client, buf)
		if err != nil {
			return r, err
		}
		for _, s := range steps {
			octets, err := conn.Do(s, buf)
			if err != nil {
				return r, err
			}
			r.Octets += octets
			r.Replies++
		}
		r.Sessions++
		if c.Open == nil {
			conn.Close()
		}
	}
	return r, nil
}

func (c *Crowd) conn(client int, buf []byte) (*Conn, error) {
	if c.Open != nil {
		return c.Open[client], nil
	}
	return Dial(c.Target, buf)
}

// errSilent is for a server that has stopped to answer.
var errSilent = fmt.Errorf("no reply within %d seconds", patience)

// poll serves all clients in one thread with epoll(7).
func (c *Crowd) poll() (Result, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return Result{}, err
	}
	defer unix.Close(epoll)
	l := &loop{crowd: c, epoll: epoll, buf: Buffer(), clients: make([]client, c.Clients)}
	defer l.close()
	for i := range l.clients {
		if err := l.next(i); err != nil {
			return l.result, err
		}
	}
	events := make([]unix.EpollEvent, 64)
	for l.active > 0 {
		n, err := unix.EpollWait(epoll, events, patience*1000)
		if err != nil && err != unix.EINTR {
			return l.result, err
		}
		if n == 0 {
			return l.result, errSilent
		}
		for _, e := range events[:max(n, 0)] {
			if err := l.readable(int(e.Fd)); err != nil {
				return l.result, err
			}
		}
	}
	return l.result, nil
}
