package pop3_test

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
)

// sealer is the sending side of a client in TLS 1.3 (RFC 8446 §5.2, §7.3), because
// that of crypto/tls sends neither a KeyUpdate nor an empty record.
type sealer struct {
	t      *testing.T
	to     *stutter
	suite  uint16
	secret []byte
	sent   uint64 // records with this secret
}

// Types of what a record contains (RFC 8446 §B.1).
const (
	handshakeType   = 22
	applicationType = 23
)

// expand is HKDF-Expand-Label with an empty context (RFC 8446 §7.1).
func (s *sealer) expand(label string, length int) []byte {
	label = "tls13 " + label
	info := append(binary.BigEndian.AppendUint16(nil, uint16(length)), byte(len(label)))
	key, err := hkdf.Expand(sha256.New, s.secret, string(info)+label+"\x00", length)
	if err != nil {
		s.t.Fatal(err)
	}
	return key
}

func (s *sealer) aead() cipher.AEAD {
	if s.suite == tls.TLS_CHACHA20_POLY1305_SHA256 {
		c, err := chacha20poly1305.New(s.expand("key", 32))
		if err != nil {
			s.t.Fatal(err)
		}
		return c
	}
	block, err := aes.NewCipher(s.expand("key", 16))
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := cipher.NewGCM(block)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// send sends a record with so many octets of padding.
func (s *sealer) send(kind byte, text string, padding int) {
	s.t.Helper()
	inner := append(append([]byte(text), kind), make([]byte, padding)...)
	aead, nonce := s.aead(), s.expand("iv", 12)
	for i, octet := range binary.BigEndian.AppendUint64(nil, s.sent) {
		nonce[4+i] ^= octet
	}
	s.sent++
	header := binary.BigEndian.AppendUint16([]byte{applicationType, 3, 3}, uint16(len(inner)+aead.Overhead()))
	if _, err := s.to.Write(aead.Seal(header, nonce, inner, header)); err != nil {
		s.t.Fatal(err)
	}
}

// updateKey changes the key of this side after a KeyUpdate (RFC 8446 §7.2).
func (s *sealer) updateKey() { s.secret, s.sent = s.expand("traffic upd", sha256.Size), 0 }

// keyUpdates are KeyUpdate messages without and with a request for one of the
// server (RFC 8446 §4.6.3).
var keyUpdates = []string{"\x18\x00\x00\x01\x00", "\x18\x00\x00\x01\x01"}

// sealed returns a client whose records the test makes.
func (p *parking) sealed() (*client, *sealer) {
	p.t.Helper()
	_, below := p.dial()
	var secrets bytes.Buffer
	config := p.clientConfig()
	config.KeyLogWriter = &secrets
	conn := tls.Client(below, config)
	c := &client{p.t, conn, bufio.NewReader(conn)}
	c.want(c.line(), "+OK TPOPS ready.")
	_, secret, _ := strings.Cut(secrets.String(), "CLIENT_TRAFFIC_SECRET_0 ")
	secret, _, _ = strings.Cut(secret, "\n")
	_, secret, _ = strings.Cut(secret, " ") // It follows the random number of the client.
	octets, err := hex.DecodeString(secret)
	if err != nil || len(octets) != sha256.Size {
		p.t.Fatalf("secret %q, suite %x: %v", secret, conn.ConnectionState().CipherSuite, err)
	}
	return c, &sealer{t: p.t, to: below, suite: conn.ConnectionState().CipherSuite, secret: octets}
}

// Records without any text of the client wake a parked session, which is parked
// again and goes on afterwards.
func TestParkedRecordsWithoutText(t *testing.T) {
	p := newParking(t, 1, true, nil)
	c, s := p.sealed()
	p.wait(1)
	for i := range 5 {
		p.wait(1)
		update, before := keyUpdates[i%2], p.server.Parkings()
		switch i {
		case 0, 1:
			s.send(handshakeType, update, 0)
		case 2: // in two records, of which the first one comes alone
			s.send(handshakeType, update[:3], 0)
			before = p.parkedAgain(before)
			s.send(handshakeType, update[3:], 0)
		default: // in two records at once
			s.send(handshakeType, update[:1], 0)
			s.send(handshakeType, update[1:], 0)
		}
		before = p.parkedAgain(before)
		s.updateKey()
		s.send(applicationType, "", 300)
		p.parkedAgain(before)
		s.send(applicationType, "NOO", 5)
		s.send(applicationType, "", 0)
		s.send(applicationType, "P\r\nCAPA\r\n", 0)
		c.want(c.line(), "-ERR invalid command")
		for c.line() != "." {
		}
	}
	s.send(applicationType, "QUIT\r\n", 0)
	c.want(c.line(), "+OK server signing off")
	p.ended(1)
}

// parkedAgain returns when the session is parked and sessions have been parked
// more often than before, and how often.
func (p *parking) parkedAgain(before int64) int64 {
	for p.t.Context().Err() == nil {
		if n := p.server.Parkings(); n > before && p.server.Parked() > 0 {
			return n
		}
		if p.server.Connections() == 0 {
			p.t.Fatalf("the session has ended: %s", p.log.String())
		}
		runtime.Gosched()
	}
	return 0
}
