package pop3

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"
)

// headerTime is how long a load balancer may take to send its header, which
// is the first that it does.
const headerTime = 5 * time.Second

// prepare does what comes before the greeting. First it reads the PROXY protocol
// header of a connection from one of the networks that send it. There the
// header is never missing, since the server speaks first in POP3 and cannot
// look whether one comes. Nothing after it is read, because TLS may begin there.
// A session that fails here ends without a reply: the peer may not speak POP3.
// The guard counts the client, not the proxy.
func (s *session) prepare() {
	resumed := s.Authorization.Greeted || s.Authorization.Handshake
	if !resumed && within(s.backend.ProxyFrom, s.Peer) {
		s.readPeer()
	}
	if s.ending != "" {
		return
	}
	if refusal := s.applyLimits(resumed); refusal != nil {
		s.endRefused(refusal)
		return
	}
	if !resumed {
		s.Authorization.Trusted = within(s.backend.XCLIENTFrom, s.Peer)
	}
	if s.awaitsTLS() {
		s.prepareTLS()
	}
}

// prepareTLS does the handshake: nothing may be sent in clear before it (RFC 8314 §3.3).
func (s *session) prepareTLS() {
	if s.backend.TLS == nil {
		s.end(reasonNoTLS, nil)
		return
	}
	s.startTLS()
}

// within reports whether an address lies in one of the networks.
func within(networks []netip.Prefix, addr netip.AddrPort) bool {
	client := addr.Addr().WithZone("") // A prefix has no zone, and contains no address with one.
	for _, network := range networks {
		if network.Contains(client) {
			return true
		}
	}
	return false
}

// isNear reports whether an address is one of this machine for itself. What did
// not connect over IP has no address.
func isNear(addr netip.Addr) bool { return !addr.IsValid() || addr.Unmap().IsLoopback() }

// readPeer reads the header and takes the client for the one that it names.
func (s *session) readPeer() {
	s.conn.readUntil(s.conn.earlier(time.Now().Add(headerTime)))
	header, err := s.in.readHeader(s.conn.Conn)
	if err != nil {
		s.endHeader(err)
		return
	}
	from, err := parseHeader(header)
	if err != nil {
		s.end(reasonHeader, err)
		return
	}
	s.Hops, s.Offloaded = from.hops, from.tls
	// A client that the header does not name may be anywhere.
	s.Near = s.Near && from.remote.IsValid() && isNear(from.remote.Addr())
	if from.remote.IsValid() {
		s.Peer, s.Local = from.remote, from.local
		s.Remote = from.remote.Addr().String()
	}
}

// endHeader ends a session that has no whole header. What has come of it is
// kept for whoever goes on with a session that is suspended; where TLS follows
// none is.
func (s *session) endHeader(err error) {
	switch timeout := errors.Is(err, os.ErrDeadlineExceeded); {
	case timeout && s.eviction.ordered() != nil:
		s.end("", err)
	case timeout && s.server.suspend.hasBegun() && !s.port.TLS:
		s.endSuspended()
	case timeout && s.mustStop():
		s.end("", ErrServerClosed)
	case timeout:
		s.end(reasonHeader, fmt.Errorf("%w within %v", errHeader, headerTime))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errHeader):
		s.end(reasonHeader, err)
	default:
		s.end("", err)
	}
}
