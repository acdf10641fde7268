package pop3

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// countedConn counts how often the kernel is asked about a connection.
type countedConn struct {
	net.Conn
	raw   syscall.RawConn
	asked int
}

func (c *countedConn) SyscallConn() (syscall.RawConn, error) { return countedRaw{c.raw, c}, nil }

type countedRaw struct {
	syscall.RawConn
	conn *countedConn
}

func (r countedRaw) Control(f func(uintptr)) error {
	r.conn.asked++
	return r.RawConn.Control(f)
}

// socketPair returns two connected sockets.
func socketPair(t testing.TB) (near *countedConn, far net.Conn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]net.Conn
	for i, fd := range fds {
		file := os.NewFile(uintptr(fd), "socket")
		defer file.Close()
		if ends[i], err = net.FileConn(file); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ends[i].Close() })
	}
	raw, err := ends[0].(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	return &countedConn{Conn: ends[0], raw: raw}, ends[1]
}

// watched returns the connection of a session that can be parked.
func watched(t testing.TB, conn net.Conn) *timedConn {
	t.Helper()
	b := &Backend{CommandTimeout: time.Minute, ConnectionKeepTime: time.Hour}
	server := NewServer(b, 1, nil, nil)
	t.Cleanup(server.Close)
	s := newSession(server, b, &Suspended{State: newState(b, conn), Conn: conn})
	s.conn.parks = true
	return &s.conn
}

// While a client takes replies and sends commands at once, the kernel is not
// asked what the client has acknowledged.
func TestWatchAsksLate(t *testing.T) {
	near, far := socketPair(t)
	c := watched(t, near)
	near.asked = 0
	buf := make([]byte, 100)
	for range 5 {
		if _, err := c.Write([]byte("+OK\r\n")); err != nil {
			t.Fatal(err)
		}
		if n, err := far.Read(buf); n != 5 || err != nil {
			t.Fatal(n, err)
		}
		if _, err := far.Write([]byte("NOOP\r\n")); err != nil {
			t.Fatal(err)
		}
		c.awaitCommand()
		if n, err := c.Read(buf); n != 6 || err != nil {
			t.Fatal(n, err)
		}
		c.commandCame()
	}
	if near.asked != 0 {
		t.Errorf("the kernel was asked %d times", near.asked)
	}
}

// A reply that the kernel does not take at once is sent completely.
func TestWriteInParts(t *testing.T) {
	near, far := socketPair(t)
	c := watched(t, near)
	text := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	received := make(chan []byte, 1)
	go func() {
		all, _ := io.ReadAll(far)
		received <- all
	}()
	n, err := c.Write(text)
	if n != len(text) || err != nil {
		t.Fatal(n, err)
	}
	_ = c.Close()
	if !bytes.Equal(<-received, text) {
		t.Error("the client received another text")
	}
}

// After a wake a write gets a new deadline: only that of an evicted session fails.
func TestWriteAfterWake(t *testing.T) {
	near, far := socketPair(t)
	c := watched(t, near)
	wake(near)
	if n, err := c.Write([]byte("+OK\r\n")); n != 5 || err != nil {
		t.Error(n, err)
	}
	if n, err := io.ReadFull(far, make([]byte, 5)); n != 5 || err != nil {
		t.Error(n, err)
	}
	c.session.eviction.order(&Refusal{})
	wake(near)
	if n, err := c.Write([]byte("+OK\r\n")); n != 0 || err == nil {
		t.Errorf("Write() for an evicted session = %d, %v", n, err)
	}
}

// A read that has waited asks what the client has acknowledged, before the session
// is parked with the time that depends on it.
func TestReadAsksBeforeParking(t *testing.T) {
	near, far := socketPair(t)
	c := watched(t, near)
	c.session.server.work.parkAfter = time.Millisecond
	if _, err := c.Write([]byte("+OK\r\n")); err != nil {
		t.Fatal(err)
	}
	c.awaitCommand()
	if _, err := c.Read(make([]byte, 10)); err != errWaits {
		t.Fatal(err)
	}
	if c.command.unsent == notAsked {
		t.Error("the kernel was not asked")
	}
	_ = far
}

// deadlineConn counts the deadlines of reads.
type deadlineConn struct {
	net.Conn
	set int
}

func (c *deadlineConn) SetReadDeadline(t time.Time) error {
	c.set++
	return c.Conn.SetReadDeadline(t)
}

// Commands that follow each other at once share a deadline, which does not end the wait for a
// later command early.
func TestDeadlineShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		counted := &deadlineConn{Conn: near}
		c := watched(t, counted)
		defer near.Close()
		patience := c.session.server.work.patience()
		buf := make([]byte, 10)
		begun := time.Now()
		for time.Since(begun) < 4*patience {
			time.Sleep(patience / 100)
			go func() { _, _ = far.Write([]byte("NOOP\r\n")) }()
			c.awaitCommand()
			if n, err := c.Read(buf); n != 6 || err != nil {
				t.Fatal(n, err)
			}
			c.commandCame()
		}
		if counted.set > 9 { // one for half of the patience
			t.Errorf("%d deadlines for 400 commands", counted.set)
		}
		for range 3 {
			time.Sleep(patience / 3)
			begun = time.Now()
			c.awaitCommand()
			if _, err := c.Read(buf); err != errWaits || time.Since(begun) != patience {
				t.Errorf("%v after %v, want %v", err, time.Since(begun), patience)
			}
		}
	})
}

// A session that goes on in this process does not wait for a command before it is parked.
func TestReadAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		defer near.Close()
		c := watched(t, near)
		time.Sleep(time.Second) // after the start of the server
		c.atOnce = true
		begun := time.Now()
		c.awaitCommand()
		if _, err := c.Read(make([]byte, 10)); err != errWaits || time.Since(begun) != 0 {
			t.Errorf("%v after %v, want %v at once", err, time.Since(begun), errWaits)
		}
	})
}

// A session that is interrupted while it uses an earlier deadline does not wait.
func TestDeadlineSharedInterrupted(t *testing.T) {
	near, far := socketPair(t)
	c := watched(t, near)
	buf := make([]byte, 10)
	if _, err := far.Write([]byte("NOOP\r\n")); err != nil {
		t.Fatal(err)
	}
	c.awaitCommand()
	if n, err := c.Read(buf); n != 6 || err != nil {
		t.Fatal(n, err)
	}
	c.commandCame()
	c.session.eviction.order(&Refusal{})
	wake(near)
	c.awaitCommand()
	if n, err := c.Read(buf); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Read() of an evicted session = %d, %v", n, err)
	}
}

// BenchmarkAwaitCommand waits for commands that come at once, with a deadline for each of them
// and with a shared one.
func BenchmarkAwaitCommand(b *testing.B) {
	for name, shares := range map[string]bool{"each": false, "shared": true} {
		b.Run(name, func(b *testing.B) {
			near, _ := socketPair(b)
			c := watched(b, near)
			for b.Loop() {
				if !shares {
					c.deadline = 0
				}
				c.awaitCommand()
				c.commandCame()
			}
		})
	}
}
