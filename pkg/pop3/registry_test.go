package pop3

import (
	"net"
	"testing"
)

// registered returns a registry of a server, and a session in it whose connection has a socket.
func registered(t *testing.T) (*registry, *session) {
	t.Helper()
	near, _ := socketPair(t)
	c := watched(t, near)
	r := c.session.server.registry
	if !r.add(near, nil, false) {
		t.Fatal("the registry is closed")
	}
	r.show(near, c.session)
	t.Cleanup(func() { r.remove(near); r.done() })
	return r, c.session
}

// A registry that is closed takes only connections that were accepted before.
func TestRegistryClosed(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	r := newRegistry(nil)
	r.close()
	r.close()
	if r.add(near, nil, false) || r.count() != 0 {
		t.Error("a new connection was added")
	}
	if !r.add(near, nil, true) || r.count() != 1 {
		t.Error("a connection that was accepted was not added")
	}
	r.remove(near)
	r.done()
	r.wait()
}

// A session is counted once, whether it is at work, detached or at rest, until it is passed on.
func TestRegistryCount(t *testing.T) {
	r, s := registered(t)
	conn, raw := s.conn.Conn, s.conn.raw
	count := func(when string, want int) {
		t.Helper()
		if got := r.count(); got != want {
			t.Errorf("%s: %d connections, want %d", when, got, want)
		}
	}
	count("at work", 1)
	r.detach(&s.conn, -1)
	count("detached", 1)
	if s.conn.Conn != nil || r.connOf(s) != nil {
		t.Error("the session still has its net.Conn")
	}
	r.attach(&s.conn, conn, raw)
	count("at work again", 1)
	r.keep(&Suspended{Conn: conn})
	count("at rest", 1)
	r.eachConn(func(net.Conn) { t.Error("the connection of a session at rest was not forgotten") })
	if n := len(r.takeAtRest()); n != 1 {
		t.Errorf("%d sessions at rest, want 1", n)
	}
	count("passed on", 0)
}

// passOn gets each session once, those at rest before it and those after it.
func TestRegistryPassOn(t *testing.T) {
	r := newRegistry(nil)
	before, after := &Suspended{New: true}, &Suspended{}
	r.keep(before)
	var passed []*Suspended
	r.passOn(func(p *Suspended) { passed = append(passed, p) })
	r.keep(after)
	if len(passed) != 2 || passed[0] != before || passed[1] != after || r.count() != 0 {
		t.Errorf("passed on %v, %d left", passed, r.count())
	}
}

// A goroutine that has found a session before it has moved neither finds its connection nor
// wakes it in the registry that it has left.
func TestRegistryMove(t *testing.T) {
	r, s := registered(t)
	next := newRegistry(nil)
	r.lot.resume = func(*session) { t.Error("the session was resumed where it is no more") }
	r.lot.expose(s)
	if _, isAtWork := r.lot.lookAt(s); !isAtWork || r.connOf(s) == nil {
		t.Fatal("the session is not found")
	}
	r.move(s, next)
	if _, isAtWork := r.lot.lookAt(s); isAtWork || r.connOf(s) != nil {
		t.Error("the session is found where it is no more")
	}
	if next.connOf(s) != s.conn.Conn {
		t.Error("the session is not found where it has gone")
	}
	s.space = 0 // as if it were parked there
	r.interrupt(s)
	s.space = notParked
}
