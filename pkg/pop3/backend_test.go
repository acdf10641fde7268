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

// panicOf returns the text of the panic of f, "<nil>" if there is none.
func panicOf(f func()) (text string) {
	defer func() { text = fmt.Sprint(recover()) }()
	f()
	return ""
}
