package pop3

import (
	"fmt"
	"net"
	"testing"
	"time"
)

// A Backend without a required field ends with its name, where the server starts
// to serve, and not in a session that waits for ever.
func TestIncompleteBackend(t *testing.T) {
	complete := Backend{Authenticator: noUsers{}, Open: noMaildrops, CommandTimeout: time.Minute, ConnectionKeepTime: time.Hour}
	tests := map[string]func(*Backend){
		"Authenticator":      func(b *Backend) { b.Authenticator = nil },
		"Open":               func(b *Backend) { b.Open = nil },
		"CommandTimeout":     func(b *Backend) { b.CommandTimeout = 0 },
		"ConnectionKeepTime": func(b *Backend) { b.ConnectionKeepTime = 0 },
	}
	for field, remove := range tests {
		t.Run(field, func(t *testing.T) {
			b := complete
			remove(&b)
			want := "pop3: Backend." + field + " is not set"
			_, conn := net.Pipe()
			defer conn.Close()
			for name, serve := range map[string]func(*Server){
				"ServeConn": func(s *Server) { _ = s.ServeConn(conn, Port{}, nil) },
				"Resume":    func(s *Server) { _ = s.Resume(&Suspended{Conn: conn}) },
			} {
				if got := panicOf(func() { serve(NewServer(&b, 1, nil, nil)) }); got != want {
					t.Errorf("%s: panic %q, want %q", name, got, want)
				}
			}
		})
	}
}

// A connection that a closed server refuses does not use its Backend: it neither keeps it
// from being released nor releases it again.
func TestRefusedConnectionBackend(t *testing.T) {
	for name, test := range map[string]struct {
		close    func(*Server)
		released int // before Wait
	}{
		"Close":         {(*Server).Close, 1},
		"SuspendWithin": {func(s *Server) { s.SuspendWithin(0) }, 0}, // A Successor may use it.
	} {
		t.Run(name, func(t *testing.T) {
			released := 0
			s := NewServer(&Backend{Release: func() { released++ }}, 1, nil, nil)
			test.close(s)
			for range 3 {
				conn, _ := net.Pipe()
				if err := s.ServeConn(conn, Port{}, nil); err != ErrServerClosed {
					t.Error(err)
				}
			}
			if released != test.released {
				t.Errorf("released %d times before Wait, want %d", released, test.released)
			}
			if s.Wait(); released != 1 || s.backend.current.uses.Load() != 0 {
				t.Errorf("released %d times, %d uses left", released, s.backend.current.uses.Load())
			}
		})
	}
}

// panicOf returns the text of the panic of f, "<nil>" if there is none.
func panicOf(f func()) (text string) {
	defer func() { text = fmt.Sprint(recover()) }()
	f()
	return ""
}
