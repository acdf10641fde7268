package pop3_test

import (
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// A server that ends does not wait for headers, and says nothing to whoever has
// not sent one.
func TestEndBeforeHeader(t *testing.T) {
	ends := []struct {
		name, reason string // a pipe that is closed here looks as if it were lost
		end          func(*testing.T, *pop3.Server)
	}{
		{"Shutdown", "server closed", func(t *testing.T, s *pop3.Server) {
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}},
		{"Close", "connection lost", func(_ *testing.T, s *pop3.Server) { s.Close() }},
		{"Kick", "ended by operator", func(_ *testing.T, s *pop3.Server) { s.Kick(func(*pop3.SessionInfo) bool { return true }) }},
	}
	for _, tt := range ends {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				b := newTranscript(t).backend
				b.ProxyFrom = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
				s := pop3.NewServer(b, 1, slog.New(slog.NewTextHandler(&log, nil)), nil)
				client, conn := net.Pipe()
				served := make(chan error)
				go func() { served <- s.ServeConn(tcpConn{conn, netip.MustParseAddrPort("10.0.0.2:9")}, pop3.Port{}, nil) }()
				if _, err := io.WriteString(client, "PROXY TCP4 "); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				begun := time.Now()
				tt.end(t, s)
				if said, err := io.ReadAll(client); len(said) != 0 || err != nil || time.Since(begun) != 0 {
					t.Errorf("%q, %v, after %v", said, err, time.Since(begun))
				}
				if err := <-served; err != nil {
					t.Error(err)
				}
				if !strings.Contains(log.String(), `remote=10.0.0.2 reason="`+tt.reason+`"`) {
					t.Errorf("logged\n%s", log.String())
				}
			})
		})
	}
}
