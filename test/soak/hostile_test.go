//go:build integration

package soak

import (
	"crypto/rand"
	"fmt"
	"io"
	randv2 "math/rand/v2"
	"net"
	"sync"
	"time"

	"tpops/test/fixture"
)

// slowBox is the mailbox that only slow readers open.
const slowBox = 13

// annoy has hostile clients until the end of the run.
func (s *soak) annoy() {
	ways := []func(net.Conn){garbage, guess, silence, s.slow, endless}
	for s.live() {
		var all sync.WaitGroup
		for range []int{1, 3, 20}[randv2.IntN(3)] { // A flood, sometimes.
			way := ways[randv2.IntN(len(ways))]
			all.Go(func() { s.hostile(way) })
		}
		all.Wait()
		s.pause(randv2.N(time.Second))
	}
}

// hostile makes one connection, from an address that no honest client has.
func (s *soak) hostile(way func(net.Conn)) {
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 66, 6, byte(1+randv2.IntN(20)))}, Timeout: 10 * time.Second}
	addr := s.plain
	if randv2.IntN(3) == 0 {
		addr = s.implicit
	}
	conn, err := from.DialContext(s.ctx, "tcp", addr)
	if err != nil {
		return // The queue of the socket is full, or the run is over.
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(3 * time.Second))
	s.figures.hostile.Add(1)
	way(conn) // What the client gets is its own affair.
}

// garbage sends what is no POP3 and no TLS.
func garbage(conn net.Conn) {
	text := make([]byte, 1+randv2.IntN(8000))
	rand.Read(text)
	conn.Write(text)
	io.Copy(io.Discard, conn)
}

// guess tries passwords of users that exist and of others.
func guess(conn net.Conn) {
	fmt.Fprintf(conn, "USER victim%d\r\nPASS wrong\r\nUSER victim\r\nPASS %d\r\n", randv2.IntN(100), randv2.IntN(100))
	io.Copy(io.Discard, conn)
}

func silence(conn net.Conn) { io.Copy(io.Discard, conn) }

// slow logs in, asks for everything again and again, and reads nothing.
func (s *soak) slow(conn net.Conn) {
	fmt.Fprintf(conn, "USER user%d\r\nPASS %s\r\n", slowBox, fixture.Password)
	for range 2000 {
		if _, err := fmt.Fprint(conn, "RETR 1\r\nUIDL\r\nLIST\r\nTOP 1 100\r\n"); err != nil {
			return
		}
	}
}

// endless sends one line without an end.
func endless(conn net.Conn) {
	for range 100 {
		if _, err := conn.Write(make([]byte, 64<<10)); err != nil {
			return
		}
	}
}
