package pop3

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"time"
)

// handshakeTime is how long a client may take over the TLS handshake at most.
// Nothing in it waits for a person.
const handshakeTime = 30 * time.Second

// maxHandshakeError bounds, in octets, the error of a handshake in the log: some
// of it is text of the client.
const maxHandshakeError = 200

// encryption is the TLS of a session; the zero value is that of one in clear.
type encryption struct {
	conn    *tls.Conn // nil in clear
	records *records  // below conn
	used    string    // version and cipher suite, for the log
}

// startTLS does the handshake, in a bounded time, and restarts the session in TLS
// (RFC 2595 §4). If it fails, the session ends: nothing more may be sent in clear.
func (s *session) startTLS() {
	s.out.flush()
	s.end("", s.out.err)
	if s.ending != "" {
		return
	}
	below := &records{timedConn: &s.conn}
	conn := tls.Server(below, s.backend.TLS)
	err := s.handshake(conn)
	switch {
	case err == nil:
		below.whole = true
		s.Authorization.Handshake = false
		s.restartInTLS(conn, below)
	case s.canSuspend() && s.conn.received == s.shakenAt:
		s.Authorization.Handshake = true // The handshake can begin in another process.
		s.endSuspended()
	case s.eviction.ordered() != nil:
		s.refusal = s.eviction.ordered()
		s.end(reasonRefused, nil)
	case s.interrupted():
		s.end(reasonClosed, nil)
	default:
		s.end(reasonHandshake, handshakeError(err))
	}
}

// handshake does the handshake. Meanwhile the session is not parked, because
// crypto/tls waits in it.
func (s *session) handshake(conn *tls.Conn) error {
	expires, parks := s.conn.expires, s.conn.parks
	s.conn.expireAt(s.conn.earlier(time.Now().Add(min(handshakeTime, s.backend.CommandTimeout))))
	s.conn.parks = false
	s.shaking, s.shakenAt = true, s.conn.received
	s.conn.awaitCommand()
	err := conn.Handshake()
	s.conn.commandCame()
	s.shaking = false
	s.conn.expires, s.conn.parks = expires, parks
	return err
}

// restartInTLS continues the session on conn. What the client or an attacker sent
// in clear is discarded (RFC 2595 §4): octets after STLS are not a command, and
// names, language and the addresses of XCLIENT are reset. The challenge of APOP stays, since no other greeting follows (RFC
// 2595 §4) and an attacker who replaced it does not see the response. The
// error count stays too: it is our own.
func (s *session) restartInTLS(conn *tls.Conn, below *records) {
	state := conn.ConnectionState()
	s.tls = encryption{conn, below, logVersion(state.Version) + " " + tls.CipherSuiteName(state.CipherSuite)}
	s.in.restart(s.tls.reader(&s.conn))
	s.out.to = s.tls.writer(&s.conn)
	s.Authorization.User, s.Login, s.Language = "", "", ""
	s.observe(ofTheServer, s.tls.used)
	if s.Authorization.Direct == nil {
		return
	}
	s.auth.undoXCLIENT()
	if refusal := s.applyLimits(false); refusal != nil {
		s.endRefused(refusal)
	}
}

// logVersion returns how logs write a version of TLS: in one word.
func logVersion(version uint16) string {
	if version == tls.VersionTLS12 {
		return "TLSv1.2"
	}
	return "TLSv1.3"
}

// errSlowHandshake is of a handshake that took too long.
var errSlowHandshake = errors.New("not finished in time")

// handshakeError returns the error for the log of a handshake that failed with
// err.
func handshakeError(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return errSlowHandshake
	}
	if text := err.Error(); len(text) > maxHandshakeError {
		return errors.New(text[:maxHandshakeError] + "...")
	}
	return err
}

// closeNotify announces the end of the connection (RFC 8446 §6.1), if it
// takes that in a short time. A client that was silent for too long is not
// waited for.
func (s *session) closeNotify() {
	if s.tls.conn == nil || s.ending == reasonTimeout || s.out.err != nil {
		return
	}
	s.conn.expireAt(time.Now().Add(s.closeTimeout()))
	_ = s.tls.conn.CloseWrite() // The client may have closed it already.
}

// reader returns where a session on clear reads.
func (e *encryption) reader(clear io.Reader) io.Reader {
	if e.conn == nil {
		return clear
	}
	return &clearText{e.conn, e.records}
}

// writer returns where a session on clear writes.
func (e *encryption) writer(clear io.Writer) io.Writer {
	if e.conn == nil {
		return clear
	}
	return &sealer{e.conn, e.records}
}

// release gives back the room that nothing is in.
func (e *encryption) release() {
	if e.records != nil {
		e.records.release()
	}
}

// clientCertificate returns the certificate with which the client has proven its
// identity, nil without one. The handshake has verified it.
func (e *encryption) clientCertificate() *x509.Certificate {
	if e.conn == nil {
		return nil
	}
	if chains := e.conn.ConnectionState().VerifiedChains; len(chains) > 0 {
		return chains[0][0]
	}
	return nil
}

// active reports whether the client uses TLS, to this server or to the load
// balancer in front of it.
func (e *encryption) active(s *State) bool { return e.conn != nil || s.Offloaded != "" }

// logged returns the TLS of the session for the log, "" in clear.
func (e *encryption) logged(s *State) string {
	if e.used == "" && s.Offloaded != "" {
		return s.Offloaded + " (load balancer)"
	}
	return e.used
}

// version returns the version of the client's TLS for a Client, "" in clear.
func (e *encryption) version(s *State) string {
	if e.conn != nil {
		return logVersion(e.conn.ConnectionState().Version)
	}
	return s.Offloaded
}
