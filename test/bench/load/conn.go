// Package load is the clients of the benchmark. They run on the processors that
// the server needs, so they do as little as possible: raw sockets, one buffer,
// and nothing allocated for a command or for a line of a reply.
package load

import (
	"crypto/tls"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// patience is how long a client waits for a server.
const patience = 60 // seconds

// Target is where clients connect to, and how.
type Target struct {
	Addr netip.AddrPort // IPv4
	TLS  *tls.Config    // nil: without TLS
	From netip.Addr     // the client's own address; the zero value lets the kernel choose
}

// Conn is a connection whose greeting has been read. It is for one goroutine.
type Conn struct {
	fd  int
	tls *tls.Conn // nil: without TLS
}

// Dial connects and reads the greeting into buf. The caller closes the
// connection.
func Dial(t Target, buf []byte) (*Conn, error) {
	c, err := connect(t)
	if err != nil {
		return nil, err
	}
	if err := c.handshake(t); err != nil {
		c.Close()
		return nil, err
	}
	if _, err := c.read(Step{}, buf); err != nil {
		c.Close()
		return nil, fmt.Errorf("greeting: %w", err)
	}
	return c, nil
}

// DialAll opens n connections at once, without TLS: it reads the greetings when
// all are connected.
func DialAll(t Target, n int, buf []byte) ([]*Conn, error) {
	conns := make([]*Conn, 0, n)
	fail := func(err error) ([]*Conn, error) {
		for _, c := range conns {
			c.Close()
		}
		return nil, err
	}
	for range n {
		c, err := connect(t)
		if err != nil {
			return fail(err)
		}
		conns = append(conns, c)
	}
	for _, c := range conns {
		if _, err := c.read(Step{}, buf); err != nil {
			return fail(fmt.Errorf("greeting: %w", err))
		}
	}
	return conns, nil
}

// connect returns a connected socket.
func connect(t Target) (*Conn, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	c := &Conn{fd: fd}
	if err := c.prepare(t.From); err != nil {
		c.Close()
		return nil, err
	}
	to := &unix.SockaddrInet4{Port: int(t.Addr.Port()), Addr: t.Addr.Addr().As4()}
	if err := unix.Connect(fd, to); err != nil {
		c.Close()
		return nil, fmt.Errorf("connect to %s: %w", t.Addr, err)
	}
	return c, nil
}

// prepare sets the options of the socket and its own address.
func (c *Conn) prepare(from netip.Addr) error {
	limit := unix.Timeval{Sec: patience}
	if err := unix.SetsockoptTimeval(c.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
		return err
	}
	if err := unix.SetsockoptInt(c.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return err
	}
	if !from.IsValid() {
		return nil
	}
	// The port is chosen at connect, when it only has to be free for this server.
	if err := unix.SetsockoptInt(c.fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1); err != nil {
		return err
	}
	return unix.Bind(c.fd, &unix.SockaddrInet4{Addr: from.As4()})
}

func (c *Conn) handshake(t Target) error {
	if t.TLS == nil {
		return nil
	}
	c.tls = tls.Client(socket(c.fd), t.TLS)
	return c.tls.Handshake()
}

// Close closes the connection without a word.
func (c *Conn) Close() { _ = unix.Close(c.fd) }

// Do sends a command and reads its reply, through buf. It returns the octets of
// the reply. An error is one of the connection, or a reply other than +OK.
func (c *Conn) Do(s Step, buf []byte) (int64, error) {
	if err := c.send(s); err != nil {
		return 0, err
	}
	return c.read(s, buf)
}

// Lines is Do for a multi-line reply of which it counts the lines between the
// first and the final dot.
func (c *Conn) Lines(s Step, buf []byte) (int64, error) {
	if err := c.send(s); err != nil {
		return 0, err
	}
	r := reply{lines: new(int64)}
	_, err := c.follow(&r, s, buf)
	return *r.lines - 2, err
}

// DoAll sends each command after the reply to the one before.
func (c *Conn) DoAll(steps []Step, buf []byte) error {
	for _, s := range steps {
		if _, err := c.Do(s, buf); err != nil {
			return err
		}
	}
	return nil
}

func (c *Conn) send(s Step) error {
	var err error
	if c.tls != nil {
		_, err = c.tls.Write(s.send)
	} else {
		_, err = socket(c.fd).Write(s.send)
	}
	return err
}

func (c *Conn) read(s Step, buf []byte) (int64, error) {
	return c.follow(&reply{}, s, buf)
}

func (c *Conn) follow(r *reply, s Step, buf []byte) (int64, error) {
	for {
		n, err := c.receive(buf)
		if err != nil {
			return r.octets, fmt.Errorf("reply to %s: %w", s, err)
		}
		if done, err := r.take(buf[:n], s.multi); done || err != nil {
			return r.octets, s.explain(err)
		}
	}
}

func (c *Conn) receive(buf []byte) (int, error) {
	if c.tls != nil {
		return c.tls.Read(buf)
	}
	return socket(c.fd).Read(buf)
}
