package acceptor

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

// loop is an accept loop as a server has one.
type loop struct {
	*Listener
	conns chan net.Conn
	err   chan error
}

func start(t *testing.T) *loop {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &loop{New(socket.(*net.TCPListener)), make(chan net.Conn, 10), make(chan error, 1)}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				l.err <- err
				return
			}
			l.conns <- conn
		}
	}()
	return l
}

func (l *loop) dial(t *testing.T) {
	t.Helper()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
}

// accepted fails unless the loop accepts a connection.
func (l *loop) accepted(t *testing.T) net.Conn {
	t.Helper()
	select {
	case conn := <-l.conns:
		return conn
	case <-time.After(time.Minute):
		t.Fatal("no connection was accepted")
		return nil
	}
}

func TestInsert(t *testing.T) {
	l := start(t)
	for range 3 {
		ours, theirs := net.Pipe()
		defer ours.Close()
		accepted := l.Insert(theirs)
		if got := l.accepted(t); got != theirs {
			t.Errorf("accepted %v", got)
		}
		<-accepted
		if l.Withdraw(theirs) {
			t.Error("an accepted connection was withdrawn")
		}
		l.dial(t) // Clients are accepted as before.
		l.accepted(t)
	}
}

func TestWithdraw(t *testing.T) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := New(socket.(*net.TCPListener)) // Nothing accepts from it yet.
	defer l.Close()
	_, first := net.Pipe()
	_, second := net.Pipe()
	l.Insert(first)
	l.Insert(second)
	if !l.Withdraw(first) || l.Withdraw(first) {
		t.Error("a connection can be withdrawn once")
	}
	if got, err := l.Accept(); got != second || err != nil {
		t.Errorf("accepted %v, %v", got, err)
	}
}

// After Pause each client waits in the queue of the socket.
func TestPause(t *testing.T) {
	l := start(t)
	l.dial(t)
	if !l.Pause(t.Context()) {
		t.Fatal("the loop does not wait")
	}
	l.accepted(t) // This client came before and is not lost.
	l.dial(t)
	_, theirs := net.Pipe()
	l.Insert(theirs)
	if !l.Pause(t.Context()) {
		t.Error("a second Pause")
	}
	if len(l.conns) != 0 {
		t.Error("a connection was accepted during the pause")
	}
	l.Resume()
	l.Resume() // has no effect
	l.accepted(t)
	l.accepted(t)
}

// A loop that does not call Accept, as that of a full server, does not pause.
func TestPauseBusy(t *testing.T) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := New(socket.(*net.TCPListener))
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if l.Pause(ctx) {
		t.Error("nothing waits")
	}
	l.Resume()
	_, theirs := net.Pipe()
	l.Insert(theirs)
	if got, err := l.Accept(); got != theirs || err != nil {
		t.Errorf("accepted %v, %v", got, err)
	}
}

func TestClose(t *testing.T) {
	for _, paused := range []bool{false, true} {
		l := start(t)
		if paused && !l.Pause(t.Context()) {
			t.Fatal("the loop does not wait")
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := <-l.err; !errors.Is(err, net.ErrClosed) {
			t.Errorf("paused %v: %v", paused, err)
		}
		_ = l.Close() // The socket is closed already.
	}
}
