//go:build integration

package proxy

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/pires/go-proxyproto"

	"tpops/pkg/certs/certstest"
	"tpops/test/fixture"
)

// terminator takes connections with a PROXY header and TLS, and passes what is
// inside on to a server.
type terminator struct {
	port    string
	headers chan *proxyproto.Header
}

func startTerminator(t *testing.T, cert tls.Certificate, behind string) *terminator {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	x := &terminator{port, make(chan *proxyproto.Header, 10)}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { x.pass(conn, cert, behind) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		all.Wait()
	})
	return x
}

// buffered is a connection of which some has been read already.
type buffered struct {
	net.Conn
	in *bufio.Reader
}

func (b *buffered) Read(p []byte) (int, error) { return b.in.Read(p) }

func (x *terminator) pass(conn net.Conn, cert tls.Certificate, behind string) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	header, err := proxyproto.Read(in)
	if err != nil {
		return
	}
	x.headers <- header
	inside := tls.Server(&buffered{conn, in}, &tls.Config{Certificates: []tls.Certificate{cert}})
	server, err := net.Dial("tcp", behind)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, inside)
		server.Close()
	}()
	_, _ = io.Copy(inside, server)
}

// The daemon finds a server by its name, sends it the client's address, and
// talks TLS with it; without the right certificate no login succeeds.
func TestProxyTLS(t *testing.T) {
	authority := certstest.NewAuthority(t)
	cert := authority.Issue(t, certstest.Leaf{Names: []string{"localhost"}}).Pair(t)
	ca, otherCA := fixture.Write(t, "ca.pem", string(authority.PEM)), fixture.Write(t, "ca.pem", string(certstest.NewAuthority(t).PEM))
	box := fixture.Small(t)
	x := startTerminator(t, cert, box.Start(t).Addr)
	params := []string{"--pop-server-tls=implicit", "--pop-server-client=proxy"}
	front := fixture.ProxyBefore(t, "localhost:"+x.port, append(params, "--pop-server-tls-ca="+ca)...)
	s := fixture.LogIn(t, front)
	if header, want := <-x.headers, s.LocalAddr().String(); header.SourceAddr.String() != want || header.DestinationAddr.String() != front.Addr {
		t.Errorf("header from %v to %v, want %s to %s", header.SourceAddr, header.DestinationAddr, want, front.Addr)
	}
	s.OK("RETR 1")
	s.Close()
	for _, other := range [][]string{{"--pop-server-tls-ca=" + otherCA}, {}} {
		front := fixture.ProxyBefore(t, "localhost:"+x.port, append(params, other...)...)
		s := fixture.Dial(t, front)
		s.OK("USER " + fixture.User)
		s.Want("PASS "+fixture.Password, `^-ERR \[SYS/TEMP\] `)
		fixture.Eventually(t, "the reason is logged", func() bool { return strings.Contains(front.Log(), "POP server unreachable") })
		if strings.Contains(front.Log(), fixture.Password) {
			t.Errorf("the password is in the log:\n%s", front.Log())
		}
	}
}

// The proxy and this server as its backend talk TLS in both ways, and no login succeeds
// where the certificate is another authority's.
func TestProxyTLSToTPOPS(t *testing.T) {
	s := fixture.StartSecured(t)
	ca, otherCA := fixture.Write(t, "ca.pem", string(s.Authority.PEM)), fixture.Write(t, "ca.pem", string(certstest.NewAuthority(t).PEM))
	for way, addr := range map[string]string{"stls": s.Plain, "implicit": s.Implicit} {
		params := []string{"--pop-server-tls=" + way, "--pop-server-client=none"}
		good := fixture.LogIn(t, fixture.ProxyBefore(t, addr, append(params, "--pop-server-tls-ca="+ca)...))
		if _, body, err := good.Multi("RETR 1"); err != nil || len(body) == 0 {
			t.Errorf("%s: %d octets, %v", way, len(body), err)
		}
		good.OK("QUIT")
		front := fixture.ProxyBefore(t, addr, append(params, "--pop-server-tls-ca="+otherCA)...)
		other := fixture.Dial(t, front)
		other.OK("USER " + fixture.User)
		other.Want("PASS "+fixture.Password, `^-ERR \[SYS/TEMP\] `)
		fixture.Eventually(t, "the reason is logged", func() bool { return strings.Contains(front.Log(), "unknown authority") })
	}
	fixture.Eventually(t, "both logins are logged with TLS", func() bool { return strings.Count(s.Log(), `tls="TLSv1.3 `) >= 2 })
}
