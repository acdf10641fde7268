//go:build integration

package proxy

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// startHAProxy starts a load balancer in front of the server and returns its
// address. options are those of its line for the server.
func startHAProxy(t *testing.T, server *daemon.Daemon, options string) string {
	t.Helper()
	return startHAProxyWith(t, server, "", options)
}

// startHAProxyWith does so with options for its listening address too.
func startHAProxyWith(t *testing.T, server *daemon.Daemon, bind, options string) string {
	t.Helper()
	addr, err := daemon.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	config := fixture.Write(t, "haproxy.cfg", fmt.Sprintf(`
global
	maxconn 100
defaults
	mode tcp
	timeout connect 10s
	timeout client 60s
	timeout server 60s
listen pop3
	bind %s %s
	server tpops %s %s
`, addr, bind, server.Addr, options))
	cmd := exec.Command("haproxy", "-db", "-f", config)
	fixture.Listen(t, cmd)
	return addr
}

// TestLoadBalancer serves as a backend of HAProxy, which also checks all the time whether
// the server is there.
func TestLoadBalancer(t *testing.T) {
	for _, options := range []string{
		"send-proxy check check-send-proxy inter 100ms",
		"send-proxy-v2 check check-send-proxy inter 100ms",
		"send-proxy-v2 proxy-v2-options crc32c,unique-id",
	} {
		t.Run(options, func(t *testing.T) {
			d := fixture.Small(t).Start(t, "--proxy-protocol-from=127.0.0.1")
			s := fixture.DialAs(t, "127.0.0.5", startHAProxy(t, d, options), fixture.Greeting)
			s.OK("USER " + fixture.User)
			s.OK("PASS " + fixture.Password)
			if _, body, err := s.Multi("RETR 1"); err != nil || len(body) == 0 {
				t.Errorf("RETR: %d octets, %v", len(body), err)
			}
			s.OK("QUIT")
			s.Closed()
			fixture.Logged(t, d, " remote=127.0.0.5 user="+fixture.User, "reason=quit")
			if strings.Contains(d.Log(), "remote=127.0.0.1 user=") {
				t.Errorf("the client's address is not that of the client:\n%s", d.Log())
			}
			// Others are served as ever.
			other := fixture.DialAs(t, "127.0.0.6", d.Addr, fixture.Greeting)
			other.Want("PROXY TCP4 198.51.100.9 192.0.2.8 50000 110", "^-ERR invalid command$")
			other.OK("QUIT")
		})
	}
}

// TestHealthChecks lets HAProxy look whether the server is there: nothing of it
// is in the log unless debug is on, and all of it in the access log.
func TestHealthChecks(t *testing.T) {
	const tcpCheck = "check inter 100ms\n\toption tcp-check\n\ttcp-check expect string +OK\n\ttcp-check send QUIT\\r\\n\n\ttcp-check expect string +OK"
	for _, options := range []string{
		"",
		"send-proxy check check-send-proxy inter 100ms",
		"send-proxy-v2 check check-send-proxy inter 100ms",
		tcpCheck,
	} {
		t.Run(options, func(t *testing.T) {
			access := filepath.Join(t.TempDir(), "access")
			params := []string{"--access-log=" + access}
			if strings.Contains(options, "send-proxy") {
				params = append(params, "--proxy-protocol-from=127.0.0.1")
			}
			d := fixture.Small(t).Start(t, params...)
			fixture.Eventually(t, "all of the start is logged", func() bool { return strings.Contains(d.Log(), " listening ") })
			before := strings.Count(d.Log(), "\n")
			if options == "" {
				connectAndClose(t, d.Addr)
			} else {
				startHAProxy(t, d, options)
			}
			fixture.Eventually(t, "the server is looked at", func() bool {
				text, err := os.ReadFile(access)
				return err == nil && strings.Count(string(text), "\n") >= 5
			})
			if log := d.Log(); strings.Count(log, "\n") != before {
				t.Errorf("logged:\n%s", log)
			}
			// A client that sends anything is logged.
			s := fixture.DialAs(t, "127.0.0.6", d.Addr, fixture.Greeting)
			if err := s.Send("NOOP"); err != nil {
				t.Fatal(err)
			}
			fixture.Eventually(t, "an answer", func() bool { line, err := s.Line(); return err == nil && strings.HasPrefix(line, "-ERR") })
			s.OK("QUIT")
			fixture.Eventually(t, "its end is logged", func() bool { return strings.Contains(d.Log(), "remote=127.0.0.6") })
		})
	}
}

// connectAndClose connects several times and sends nothing, as many a health check
// does. HAProxy's own simple check resets the connection before it is accepted.
func connectAndClose(t *testing.T, addr string) {
	t.Helper()
	for n := range 6 {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if n%2 == 0 {
			if err := conn.(*net.TCPConn).SetLinger(0); err != nil { // Close resets it.
				t.Fatal(err)
			}
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCurlHeader lets a mail client send the header itself.
func TestCurlHeader(t *testing.T) {
	d := fixture.Small(t).Start(t, "--proxy-protocol-from=127.0.0.0/8")
	out, err := exec.Command("curl", "-sS", "--haproxy-protocol", "--user", fixture.User+":"+fixture.Password, "pop3://"+d.Addr+"/1").CombinedOutput()
	if err != nil || len(out) == 0 {
		t.Errorf("curl: %v\n%s", err, out)
	}
	if out, err := exec.Command("curl", "-sS", "--max-time", "30", "--user", fixture.User+":"+fixture.Password, "pop3://"+d.Addr+"/1").CombinedOutput(); err == nil {
		t.Errorf("curl without a header got %s", out)
	}
	fixture.Eventually(t, "the missing header is logged", func() bool {
		return strings.Contains(d.Log(), `reason="no PROXY protocol header"`)
	})
}

// TestHeaderBehindOthers shows that clients that never send their header hold
// no other client's place for longer than its time.
func TestHeaderBehindOthers(t *testing.T) {
	d := fixture.Small(t).Start(t, "--proxy-protocol-from=127.0.0.2", "--max-servers=3")
	for range 3 {
		fixture.DialFrom(t, "127.0.0.2", d.Addr)
	}
	fixture.DialAs(t, "127.0.0.6", d.Addr, fixture.Greeting).OK("QUIT")
}

// TestXCLIENT plays a Dovecot proxy, which sends all at once when it sees the
// word in the greeting. A reload changes which addresses the server trusts.
func TestXCLIENT(t *testing.T) {
	box := fixture.Small(t)
	text := fmt.Sprintf("auth-type = 'passwd-file'\npasswd-file = %s\nxclient-from = '127.0.0.2'\n", strconv.Quote(box.Users))
	config := fixture.Write(t, "tpops.toml", text)
	d := fixture.Start(t, "--config="+config)
	proxy := fixture.DialFrom(t, "127.0.0.2", d.Addr)
	in := bufio.NewReader(proxy)
	expect := func(want string) {
		t.Helper()
		if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, want) {
			t.Fatalf("got %q, %v; want %q", line, err, want)
		}
	}
	expect("+OK [XCLIENT] TPOPS ready. <")
	fmt.Fprintf(proxy, "XCLIENT ADDR=198.51.100.9 PORT=50000 SESSION=J8bVqZ1KHNt/AAAB TTL=4 CLIENT-TRANSPORT=TLS FORWARD=YT1i\r\nUSER %s\r\nPASS %s\r\nQUIT\r\n", fixture.User, fixture.Password)
	expect("+OK Updated\r\n")
	expect("+OK")
	expect("+OK " + fixture.User + " has 5 messages")
	expect("+OK")
	fixture.Logged(t, d, " remote=198.51.100.9 forwarded=J8bVqZ1KHNt/AAAB user="+fixture.User, "reason=quit")
	other := fixture.DialAs(t, "127.0.0.1", d.Addr, fixture.Greeting)
	other.Want("XCLIENT ADDR=198.51.100.9", "^-ERR invalid command$")

	if err := os.WriteFile(config, []byte(strings.ReplaceAll(text, "127.0.0.2", "127.0.0.3")), 0o600); err != nil {
		t.Fatal(err)
	}
	fixture.Signal(t, d, syscall.SIGHUP)
	fixture.Eventually(t, "the configuration is read", func() bool { return strings.Contains(d.Log(), "configuration reloaded") })
	fixture.DialAs(t, "127.0.0.2", d.Addr, fixture.Greeting).Want("XCLIENT TTL=1", "^-ERR invalid command$")
	fixture.DialAs(t, "127.0.0.3", d.Addr, "+OK [XCLIENT] TPOPS ready.").OK("XCLIENT TTL=1")
}
