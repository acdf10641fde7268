package pop3

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"
)

// cutConn is a connection from which one piece after the other is read.
type cutConn struct {
	net.Conn
	left [][]byte
}

func (p *cutConn) Read(b []byte) (int, error) {
	if len(p.left) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.left[0])
	if p.left[0] = p.left[0][n:]; len(p.left[0]) == 0 {
		p.left = p.left[1:]
	}
	return n, nil
}

func (p *cutConn) SetReadDeadline(time.Time) error { return nil }

// newRecords returns what lies below TLS on a connection from which text is read
// in random pieces.
func newRecords(text []byte, random *rand.Rand) *records {
	p := &cutConn{}
	for len(text) > 0 {
		n := 1 + random.IntN(min(len(text), 1+random.IntN(3000)))
		p.left, text = append(p.left, text[:n]), text[n:]
	}
	return &records{timedConn: &timedConn{Conn: p, session: &session{server: NewServer(&Backend{}, 1, nil, nil)}}}
}

// record returns a TLS record of application data.
func record(payload []byte) []byte {
	return append([]byte{0x17, 3, 3, byte(len(payload) >> 8), byte(len(payload))}, payload...)
}

// Whatever the pieces in which records arrive, a read of whole records begins only
// when the rest of the record is there, and ends with the record.
func TestWholeRecords(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		var text []byte
		ends := map[int]bool{0: true}
		for range 1 + random.IntN(8) {
			text = append(text, record(make([]byte, []int{0, 1, 30, 1019, 1020, 5000, 16384}[random.IntN(7)]))...)
			ends[len(text)] = true
		}
		r := newRecords(text, random)
		r.whole = true
		var got []byte
		for piece := make([]byte, 600); ; {
			n, err := r.Read(piece)
			got = append(got, piece[:n]...)
			if errors.Is(err, noRecord{}) {
				if !ends[len(got)] {
					t.Fatalf("a read ended after %d octets, in a record", len(got))
				}
				if err = r.fill(); errors.Is(err, io.EOF) {
					break
				}
				r.release() // as when the session is parked
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(got, text) {
			t.Fatalf("%d octets, want %d", len(got), len(text))
		}
	}
}

// What is no record is for crypto/tls to report, after the handshake only once a
// header is there. A part of a record is an error of the connection then.
func TestNoRecords(t *testing.T) {
	for _, test := range []struct{ text, whole string }{
		{"QUIT\r\n", "QUIT\r"},
		{"Q", ""},
		{"\x17\x03\x03\xff\xff\x17\x03\x03\x00\x09123", "\x17\x03\x03\xff\xff"},
		{"GET / HTTP", "GET / HTTP"},                           // a header with another version
		{"\x17\x03\x01\x00\x09123", "\x17\x03\x01\x00\x09123"}, // as well
		{"\x17\x03\x03\x00\x09123", ""},
	} {
		for whole, want := range map[bool]string{false: test.text, true: test.whole} {
			r := newRecords([]byte(test.text), rand.New(rand.NewPCG(5, 6)))
			r.whole = whole
			var got []byte
			var err error
			for piece := make([]byte, 600); err == nil; {
				var n int
				n, err = r.Read(piece)
				got = append(got, piece[:n]...)
				if errors.Is(err, noRecord{}) {
					err = r.fill()
				}
			}
			if string(got) != want || !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%q, whole %v: %q, %v; want %q", test.text, whole, got, err, want)
			}
		}
	}
}
