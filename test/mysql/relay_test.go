//go:build integration

package mysql

import (
	"io"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// relay passes connections on to a server, and counts how often a client waits for it.
type relay struct {
	socket string
	server string        // its socket
	delay  time.Duration // of what the client sends, as if the server were far away or slow
	trips  atomic.Int64  // how often a client sent something after it had received something
}

// newRelay starts a relay that ends with the test.
func newRelay(tb testing.TB, server string, delay time.Duration) *relay {
	tb.Helper()
	r := &relay{socket: filepath.Join(tb.TempDir(), "relay"), server: server, delay: delay}
	l, err := net.Listen("unix", r.socket)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go r.serve(conn)
		}
	}()
	return r
}

// serve passes data on until one side closes.
func (r *relay) serve(client net.Conn) {
	server, err := net.Dial("unix", r.server)
	if err != nil {
		client.Close()
		return
	}
	var replied atomic.Bool
	go func() {
		defer client.Close()
		pass(client, server, func() { replied.Store(true) })
	}()
	defer server.Close()
	pass(server, client, func() {
		if replied.Swap(false) {
			r.trips.Add(1)
		}
		time.Sleep(r.delay)
	})
}

// pass copies and calls f before each part.
func pass(to io.Writer, from io.Reader, f func()) {
	buf := make([]byte, 1<<16)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		f()
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}
