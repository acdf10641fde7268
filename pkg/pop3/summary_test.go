package pop3

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestSummaryBehindProxy checks that the summary of a session has the ends and the TLS that
// the header of a load balancer reports.
func TestSummaryBehindProxy(t *testing.T) {
	networks := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	withTLS := 0
	for _, tt := range headers {
		t.Run(tt.name, func(t *testing.T) {
			want, err := read(strings.NewReader(tt.header))
			if err != nil {
				t.Fatal(err)
			}
			b := &Backend{Authenticator: noUsers{}, Open: noMaildrops, ProxyFrom: networks, CommandTimeout: time.Minute, ConnectionKeepTime: time.Minute}
			conn := &replayed{in: strings.NewReader(tt.header + "QUIT\r\n")}
			var told *Summary
			if err := NewServer(b, 1, nil, func(s *Summary) { told = s }).ServeConn(conn, Port{}, nil); err != nil {
				t.Fatal(err)
			}
			if told.TLS != want.tls || told.Offloaded != (want.tls != "") || told.ImplicitTLS {
				t.Errorf("%+v, want %+v", told, want)
			}
			if want.remote.IsValid() && told.Peer.Addr() != want.remote.Addr() {
				t.Errorf("the client is %v, want %v", told.Peer, want.remote)
			}
			if want.tls != "" {
				withTLS++
			}
		})
	}
	if withTLS == 0 {
		t.Error("no header has TLS")
	}
}
