package pop3

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"tpops/pkg/certs/certstest"
)

// countingConn counts writes, and fails once limit octets were written.
type countingConn struct {
	net.Conn
	writes, limit, octets int
}

var errLimit = errors.New("limit")

func (c *countingConn) SetWriteDeadline(time.Time) error { return nil }

func (c *countingConn) Write(p []byte) (int, error) {
	c.writes++
	if room := c.limit - c.octets; c.limit > 0 && len(p) > room {
		n, _ := c.Conn.Write(p[:room])
		c.octets += n
		return n, errLimit
	}
	n, err := c.Conn.Write(p)
	c.octets += n
	return n, err
}

// sealed returns the writer of a session with TLS of a version, the connection below
// it, and what the client has received once the connection is closed.
func sealed(t *testing.T, version uint16) (*sealer, *countingConn, <-chan []byte) {
	authority := certstest.NewAuthority(t)
	pair := authority.Issue(t, certstest.Leaf{Names: []string{"mail.example.org"}}).Pair(t)
	ours, theirs := net.Pipe()
	received := make(chan []byte, 1)
	go func() {
		client := tls.Client(theirs, &tls.Config{RootCAs: authority.Pool(), ServerName: "mail.example.org"})
		text, _ := io.ReadAll(client)
		received <- text
	}()
	conn := &countingConn{Conn: ours}
	server := NewServer(&Backend{CommandTimeout: time.Hour}, 1, nil, nil)
	r := &records{timedConn: &timedConn{}}
	s := &session{server: server, State: &State{}}
	r.start(s, conn, time.Hour, time.Now().Add(time.Hour))
	secured := tls.Server(r, &tls.Config{Certificates: []tls.Certificate{pair}, MaxVersion: version})
	if err := secured.Handshake(); err != nil {
		t.Fatal(err)
	}
	conn.writes, conn.octets = 0, 0
	return &sealer{secured, r}, conn, received
}

// The records of a piece are written together, and the client gets all of them in order.
func TestSealedTogether(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		w, conn, received := sealed(t, version)
		var sent []byte
		for i, piece := range []struct{ octets, writes int }{
			{100, 1}, {oneRecord, 1}, {2000, 1}, {outputSize, 1}, {outputSize + 5000, 1}, {0, 1}, {300_000, 5}, {1, 1}, {outputSize, 1},
		} {
			text := bytes.Repeat([]byte{byte('a' + i)}, piece.octets)
			sent = append(sent, text...)
			conn.writes = 0
			if n, err := w.Write(text); n != len(text) || err != nil {
				t.Fatal(n, err)
			}
			if conn.writes > piece.writes {
				t.Errorf("%x: %d octets took %d writes", version, piece.octets, conn.writes)
			}
		}
		_ = conn.Close()
		if got := <-received; !bytes.Equal(got, sent) {
			t.Errorf("%x: the client received %d octets of %d, or others", version, len(got), len(sent))
		}
	}
}

// Of a piece that could not be written completely no more is counted than was written,
// and at most a record and the additions of encryption less.
func TestSealedBrokenOff(t *testing.T) {
	for _, octets := range []int{2000, outputSize, 300_000} {
		for _, limit := range []int{1, 1500, 40_000, outputSize, 150_000} {
			if limit >= octets {
				continue
			}
			w, conn, received := sealed(t, tls.VersionTLS13)
			conn.limit = limit
			n, err := w.Write(make([]byte, octets))
			if !errors.Is(err, errLimit) {
				t.Fatal(err)
			}
			_ = conn.Close()
			if got := len(<-received); n > limit || n < got-maxRecord {
				t.Errorf("%d octets, %d written: counted %d, client received %d", octets, limit, n, got)
			}
			if w.below.sealed != nil {
				t.Error("a buffer is kept")
			}
		}
	}
}
