package pop3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// v2 returns a header of version 2 with the right length.
func v2(command, family byte, rest string) string {
	return string(beginV2) + string([]byte{command, family, byte(len(rest) >> 8), byte(len(rest))}) + rest
}

const (
	v4Addresses   = "\xc6\x33\x64\x09\xc0\x00\x02\x08\xc3\x50\x00\x6e" // 198.51.100.9:50000 to 192.0.2.8:110
	v6Addresses   = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09" + "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0a" + "\xc3\x50\x00\x6e"
	mappedAddress = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xc6\x33\x64\x09"
)

var unixAddresses = strings.Repeat("\x00", 216)

// headers are what load balancers send, and what is made of it.
var headers = []struct{ name, header, want string }{
	{"v1 IPv4", "PROXY TCP4 198.51.100.9 192.0.2.8 50000 110\r\n", "198.51.100.9:50000 192.0.2.8:110 0"},
	{"v1 IPv6", "PROXY TCP6 2001:db8::9 2001:db8::a 50000 110\r\n", "[2001:db8::9]:50000 [2001:db8::a]:110 0"},
	{"v1 mapped", "PROXY TCP6 ::ffff:198.51.100.9 ::ffff:192.0.2.8 50000 110\r\n", "198.51.100.9:50000 192.0.2.8:110 0"},
	{"v1 unknown", "PROXY UNKNOWN\r\n", "none 0"},
	{"v1 unknown, longest", "PROXY UNKNOWN " + strings.TrimSuffix(strings.Repeat("ffff:", 8), ":") + " " + strings.TrimSuffix(strings.Repeat("ffff:", 8), ":") + " 65535 65535\r\n", "none 0"},
	{"v2 IPv4", v2(0x21, 0x11, v4Addresses), "198.51.100.9:50000 192.0.2.8:110 0"},
	{"v2 IPv6", v2(0x21, 0x21, v6Addresses), "[2001:db8::9]:50000 [2001:db8::a]:110 0"},
	{"v2 mapped", v2(0x21, 0x21, mappedAddress+mappedAddress+"\x00\x01\x00\x02"), "198.51.100.9:1 198.51.100.9:2 0"},
	{"v2 hops", v2(0x21, 0x11, v4Addresses+"\xe4\x00\x01\x02"), "198.51.100.9:50000 192.0.2.8:110 2"},
	{"v2 hops among others", v2(0x21, 0x11, v4Addresses+"\x04\x00\x03abc\xe4\x00\x01\xff\x02\x00\x01x"), "198.51.100.9:50000 192.0.2.8:110 255"},
	{"v2 hops of somebody else", v2(0x21, 0x11, v4Addresses+"\xe4\x00\x02\x01\x02"), "198.51.100.9:50000 192.0.2.8:110 0"},
	{"v2 local", v2(0x20, 0x00, ""), "none 0"},
	{"v2 local with a family", v2(0x20, 0x11, v4Addresses), "none 0"},
	{"v2 local with a family without addresses", v2(0x20, 0x11, ""), "none 0"},
	{"v2 local with hops", v2(0x20, 0x00, "\xe4\x00\x01\x02"), "none 2"},
	{"v2 unspecified", v2(0x21, 0x00, "\xe4\x00\x01\x02"), "none 2"},
	{"v2 unix", v2(0x21, 0x31, unixAddresses+"\xe4\x00\x01\x02"), "none 2"},
	{"v2 TLS", v2(0x21, 0x11, v4Addresses+"\x20\x00\x05\x01\x00\x00\x00\x00"), "198.51.100.9:50000 192.0.2.8:110 0 TLS"},
	{"v2 TLS and its version", v2(0x21, 0x11, v4Addresses+"\xe4\x00\x01\x02\x20\x00\x17\x07\x00\x00\x00\x00\x22\x00\x05admin\x21\x00\x07TLSv1.3"), "198.51.100.9:50000 192.0.2.8:110 2 TLSv1.3"},
	{"v2 TLS with a version that is no word", v2(0x21, 0x11, v4Addresses+"\x20\x00\x0a\x01\x00\x00\x00\x00\x21\x00\x02\r\n"), "198.51.100.9:50000 192.0.2.8:110 0 TLS"},
	{"v2 without TLS", v2(0x21, 0x11, v4Addresses+"\x20\x00\x0f\x06\x00\x00\x00\x01\x21\x00\x07TLSv1.3"), "198.51.100.9:50000 192.0.2.8:110 0"},
	{"v2 unspecified with TLS", v2(0x21, 0x00, "\x20\x00\x05\x01\x00\x00\x00\x00"), "none 0 TLS"},
	{"v2 local with TLS", v2(0x20, 0x00, "\x20\x00\x05\x01\x00\x00\x00\x00"), "none 0"},
	{"v2 as long as may be", v2(0x21, 0x11, v4Addresses+"\x04\x03\xe1"+strings.Repeat("x", 993)), "198.51.100.9:50000 192.0.2.8:110 0"},
}

// noHeaders are what nobody should send, and words of the error.
var noHeaders = []struct{ name, header, want string }{
	{"commands", "USER mrose\r\nPASS tanstaaf\r\n", "no PROXY protocol header"},
	{"v1 in small letters", "proxy TCP4 198.51.100.9 192.0.2.8 50000 110\r\n", "no PROXY protocol header"},
	{"v1 without a space", "PROXYTCP4 198.51.100.9 192.0.2.8 50000 110\r\n", "no PROXY protocol header"},
	{"v1 UDP", "PROXY UDP4 198.51.100.9 192.0.2.8 50000 110\r\n", "address family"},
	{"v1 family does not fit", "PROXY TCP4 2001:db8::9 2001:db8::a 50000 110\r\n", "invalid address"},
	{"v1 name", "PROXY TCP4 localhost 192.0.2.8 50000 110\r\n", "invalid address"},
	{"v1 without ports", "PROXY TCP4 198.51.100.9 192.0.2.8\r\n", "address family"},
	{"v1 port too great", "PROXY TCP4 198.51.100.9 192.0.2.8 65536 110\r\n", "invalid port"},
	{"v1 bare LF", "PROXY TCP4 198.51.100.9 192.0.2.8 50000 110\n", "must end with"},
	{"v1 too long", "PROXY UNKNOWN " + strings.Repeat("x", 92) + "\r\n", "too long"},
	{"v2 version 1", v2(0x11, 0x11, v4Addresses), "unsupported"},
	{"v2 other command", v2(0x22, 0x11, v4Addresses), "unsupported"},
	{"v2 other family", v2(0x21, 0x41, v4Addresses), "invalid length"},
	{"v2 other transport", v2(0x21, 0x13, v4Addresses), "TCP"},
	{"v2 UDP", v2(0x21, 0x12, v4Addresses), "did not come over TCP"},
	{"v2 unix datagrams", v2(0x21, 0x32, unixAddresses), "did not come over TCP"},
	{"v2 IPv4 without addresses", v2(0x21, 0x11, v4Addresses[:11]), "invalid length"},
	{"v2 IPv6 with those of IPv4", v2(0x21, 0x21, v4Addresses), "invalid length"},
	{"v2 field cut off", v2(0x21, 0x11, v4Addresses+"\xe4\x00\x02\x01"), "truncated"},
	{"v2 TLS cut off", v2(0x21, 0x11, v4Addresses+"\x20\x00\x04\x01\x00\x00\x00"), "truncated"},
	{"v2 TLS empty", v2(0x21, 0x11, v4Addresses+"\x20\x00\x00"), "truncated"},
	{"v2 TLS with a field cut off", v2(0x21, 0x11, v4Addresses+"\x20\x00\x0a\x01\x00\x00\x00\x00\x21\x00\x07TL"), "about TLS"},
	{"v2 TLS with octets after its fields", v2(0x21, 0x11, v4Addresses+"\x20\x00\x06\x01\x00\x00\x00\x00\x21"), "about TLS"},
	{"v2 no TLS with a field cut off", v2(0x21, 0x11, v4Addresses+"\x20\x00\x06\x00\x00\x00\x00\x00\x21"), "about TLS"},
	{"v2 TLS twice", v2(0x21, 0x11, v4Addresses+"\x20\x00\x05\x00\x00\x00\x00\x00\x20\x00\x05\x01\x00\x00\x00\x00"), "two fields"},
	{"v2 two versions of TLS", v2(0x21, 0x11, v4Addresses+"\x20\x00\x0d\x01\x00\x00\x00\x00\x21\x00\x01a\x21\x00\x01b"), "two versions"},
	{"v2 too long", v2(0x21, 0x11, v4Addresses+strings.Repeat("\x00", 997)), "1025 octets are too long"},
	{"v2 longest", string(beginV2) + "\x21\x11\xff\xff", "65551 octets are too long"},
	{"v2 signature wrong at its end", "\r\n\r\n\x00\r\nQUIT\r" + "\x21\x11\x00\x00", "no PROXY protocol header"},
	{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03AAAAAA", "no PROXY protocol header"},
}

// read reads a header from r as a session does.
func read(r io.Reader) (origin, error) {
	header, err := startInput(nil).readHeader(r)
	if err != nil {
		return origin{}, err
	}
	return parseHeader(header)
}

func (o origin) String() string {
	addresses := "none"
	if o.remote.IsValid() {
		addresses = o.remote.String() + " " + o.local.String()
	}
	return strings.TrimSuffix(addresses+" "+string(rune('0'+min(o.hops, 9)))+" "+o.tls, " ")
}

func TestHeader(t *testing.T) {
	for _, tt := range headers {
		t.Run(tt.name, func(t *testing.T) {
			want := strings.Replace(tt.want, " 255", " 9", 1)
			for _, chunks := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader} {
				rest := chunks(strings.NewReader(tt.header + "QUIT\r\n"))
				if got, err := read(rest); err != nil || got.String() != want {
					t.Errorf("%v, %v; want %s", got, err, want)
				}
				if behind, err := io.ReadAll(rest); err != nil || string(behind) != "QUIT\r\n" {
					t.Errorf("%q is left, %v", behind, err)
				}
			}
			for n := range len(tt.header) {
				want := io.ErrUnexpectedEOF
				if n == 0 {
					want = io.EOF
				}
				if _, err := read(strings.NewReader(tt.header[:n])); !errors.Is(err, want) {
					t.Errorf("cut behind %d octets: %v", n, err)
				}
			}
		})
	}
}

func TestNoHeader(t *testing.T) {
	for _, tt := range noHeaders {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(strings.NewReader(tt.header + strings.Repeat("x", 1<<20)))
			if !errors.Is(err, errHeader) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, %v; want %s", got, err, tt.want)
			}
		})
	}
}

// replayed is a connection from 10.0.0.2 whose client sends text, then closes.
type replayed struct {
	net.Conn
	in  io.Reader
	out bytes.Buffer
}

func (c *replayed) Read(p []byte) (int, error)       { return c.in.Read(p) }
func (c *replayed) Write(p []byte) (int, error)      { return c.out.Write(p) }
func (c *replayed) Close() error                     { return nil }
func (c *replayed) SetReadDeadline(time.Time) error  { return nil }
func (c *replayed) SetWriteDeadline(time.Time) error { return nil }
func (c *replayed) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 9} }
func (c *replayed) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 110} }

// FuzzStart sends anything where a header belongs. A session begins only behind
// a whole header, with addresses that a log may show, and what follows the
// header is its first command; otherwise not an octet is answered.
func FuzzStart(f *testing.F) {
	for _, tt := range append(headers, noHeaders...) {
		f.Add([]byte(tt.header+"QUIT\r\n"), false)
		f.Add([]byte(tt.header), true)
	}
	networks := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, sent []byte, pieces bool) {
		b := &Backend{Authenticator: noUsers{}, Open: noMaildrops, ProxyFrom: networks, XCLIENTFrom: networks, CommandTimeout: time.Minute, ConnectionKeepTime: time.Minute}
		var from io.Reader = bytes.NewReader(sent)
		want, wantErr := read(from)
		rest, _ := io.ReadAll(from) // It reads from memory.
		from = bytes.NewReader(sent)
		if pieces {
			from = iotest.OneByteReader(from)
		}
		conn := &replayed{in: from}
		var told *Summary
		if err := NewServer(b, 1, nil, func(s *Summary) { told = s }).ServeConn(conn, Port{}, nil); err != nil {
			t.Fatal(err)
		}
		greeting, answers, _ := strings.Cut(conn.out.String(), "\r\n")
		if (wantErr == nil) != (greeting != "") {
			t.Fatalf("read %v, %v; greeting %q", want, wantErr, greeting)
		}
		if wantErr != nil {
			return
		}
		if addr, err := netip.ParseAddr(told.Remote); err != nil || addr.Is4In6() || addr.Zone() != "" {
			t.Errorf("the client is %q", told.Remote)
		}
		if want.remote.IsValid() && told.Remote != want.remote.Addr().String() && !bytes.Contains(bytes.ToUpper(rest), []byte("XCLIENT")) {
			t.Errorf("the client is %s, want %v", told.Remote, want)
		}
		if string(rest) == "QUIT\r\n" && answers != "+OK server signing off\r\n" {
			t.Errorf("the answer to what follows is %q", answers)
		}
	})
}

// noUsers is a database without users.
type noUsers struct{}

// Authenticate implements Authenticator.
func (noUsers) Authenticate(context.Context, Attempt) (*Account, error) { return nil, ErrAuth }

func noMaildrops(context.Context, *Account, *Client) (Mailbox, error) { return nil, ErrPermanent }
