//go:build integration

package test

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
	config := write(t, "haproxy.cfg", fmt.Sprintf(`
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
	listen(t, cmd)
	return addr
}

// dialFrom connects from an address of this machine.
func dialFrom(t *testing.T, from, to string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.DialContext(t.Context(), "tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// dialAs returns a session of a client at an address, behind whatever is at to.
func dialAs(t *testing.T, from, to, greeting string) session {
	t.Helper()
	s := session{daemon.NewClient(dialFrom(t, from, to)), t}
	if line, err := s.Line(); err != nil || !strings.HasPrefix(line, greeting) {
		t.Fatalf("greeting %q, %v; want %q", line, err, greeting)
	}
	return s
}

const greeting = "+OK TPOPS ready."

// TestLoadBalancer serves behind HAProxy, which also looks all the time whether
// the server is there.
func TestLoadBalancer(t *testing.T) {
	for _, options := range []string{
		"send-proxy check check-send-proxy inter 100ms",
		"send-proxy-v2 check check-send-proxy inter 100ms",
		"send-proxy-v2 proxy-v2-options crc32c,unique-id",
	} {
		t.Run(options, func(t *testing.T) {
			d := small(t).start(t, "--proxy-protocol-from=127.0.0.1")
			s := dialAs(t, "127.0.0.5", startHAProxy(t, d, options), greeting)
			s.ok("USER " + login)
			s.ok("PASS " + password)
			if _, body, err := s.Multi("RETR 1"); err != nil || len(body) == 0 {
				t.Errorf("RETR: %d octets, %v", len(body), err)
			}
			s.ok("QUIT")
			s.closed()
			eventually(t, "the end is logged", func() bool { return strings.Contains(d.Log(), "reason=quit") })
			if !strings.Contains(d.Log(), " remote=127.0.0.5 user="+login) || strings.Contains(d.Log(), "remote=127.0.0.1 user=") {
				t.Errorf("the client's address is not that of the client:\n%s", d.Log())
			}
			// Others are served as ever.
			other := dialAs(t, "127.0.0.6", d.Addr, greeting)
			other.want("PROXY TCP4 198.51.100.9 192.0.2.8 50000 110", "^-ERR invalid command$")
			other.ok("QUIT")
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
			d := small(t).start(t, params...)
			eventually(t, "all of the start is logged", func() bool { return strings.Contains(d.Log(), " listening ") })
			before := strings.Count(d.Log(), "\n")
			if options == "" {
				connectAndClose(t, d.Addr)
			} else {
				startHAProxy(t, d, options)
			}
			eventually(t, "the server is looked at", func() bool {
				text, err := os.ReadFile(access)
				return err == nil && strings.Count(string(text), "\n") >= 5
			})
			if log := d.Log(); strings.Count(log, "\n") != before {
				t.Errorf("logged:\n%s", log)
			}
			// A client that says anything is logged.
			s := dialAs(t, "127.0.0.6", d.Addr, greeting)
			if err := s.Send("NOOP"); err != nil {
				t.Fatal(err)
			}
			eventually(t, "an answer", func() bool { line, err := s.Line(); return err == nil && strings.HasPrefix(line, "-ERR") })
			s.ok("QUIT")
			eventually(t, "its end is logged", func() bool { return strings.Contains(d.Log(), "remote=127.0.0.6") })
		})
	}
}

// connectAndClose connects several times and says nothing, as many a health check
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
	d := small(t).start(t, "--proxy-protocol-from=127.0.0.0/8")
	out, err := exec.Command("curl", "-sS", "--haproxy-protocol", "--user", login+":"+password, "pop3://"+d.Addr+"/1").CombinedOutput()
	if err != nil || len(out) == 0 {
		t.Errorf("curl: %v\n%s", err, out)
	}
	if out, err := exec.Command("curl", "-sS", "--max-time", "30", "--user", login+":"+password, "pop3://"+d.Addr+"/1").CombinedOutput(); err == nil {
		t.Errorf("curl without a header got %s", out)
	}
	eventually(t, "the missing header is logged", func() bool {
		return strings.Contains(d.Log(), `reason="no PROXY protocol header"`)
	})
}

// TestHeaderBehindOthers shows that clients who never send their header hold
// nobody else's place for longer than its time.
func TestHeaderBehindOthers(t *testing.T) {
	d := small(t).start(t, "--proxy-protocol-from=127.0.0.2", "--max-servers=3")
	for range 3 {
		dialFrom(t, "127.0.0.2", d.Addr)
	}
	dialAs(t, "127.0.0.6", d.Addr, greeting).ok("QUIT")
}

// TestXCLIENT plays a Dovecot proxy, which sends all at once when it sees the
// word in the greeting. A reload changes whom the server believes.
func TestXCLIENT(t *testing.T) {
	box := small(t)
	text := fmt.Sprintf("auth-type = 'passwd-file'\npasswd-file = %s\nxclient-from = '127.0.0.2'\n", strconv.Quote(box.users))
	config := write(t, "tpops.toml", text)
	d := start(t, "--config="+config)
	proxy := dialFrom(t, "127.0.0.2", d.Addr)
	in := bufio.NewReader(proxy)
	expect := func(want string) {
		t.Helper()
		if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, want) {
			t.Fatalf("got %q, %v; want %q", line, err, want)
		}
	}
	expect("+OK [XCLIENT] TPOPS ready. <")
	fmt.Fprintf(proxy, "XCLIENT ADDR=198.51.100.9 PORT=50000 SESSION=J8bVqZ1KHNt/AAAB TTL=4 CLIENT-TRANSPORT=TLS FORWARD=YT1i\r\nUSER %s\r\nPASS %s\r\nQUIT\r\n", login, password)
	expect("+OK Updated\r\n")
	expect("+OK")
	expect("+OK " + login + " has 5 messages")
	expect("+OK")
	eventually(t, "the end is logged", func() bool { return strings.Contains(d.Log(), "reason=quit") })
	if want := " remote=198.51.100.9 forwarded=J8bVqZ1KHNt/AAAB user=" + login; !strings.Contains(d.Log(), want) {
		t.Errorf("not logged: %s\n%s", want, d.Log())
	}
	other := dialAs(t, "127.0.0.1", d.Addr, greeting)
	other.want("XCLIENT ADDR=198.51.100.9", "^-ERR invalid command$")

	if err := os.WriteFile(config, []byte(strings.ReplaceAll(text, "127.0.0.2", "127.0.0.3")), 0o600); err != nil {
		t.Fatal(err)
	}
	signal(t, d, syscall.SIGHUP)
	eventually(t, "the configuration is read", func() bool { return strings.Contains(d.Log(), "configuration reloaded") })
	dialAs(t, "127.0.0.2", d.Addr, greeting).want("XCLIENT TTL=1", "^-ERR invalid command$")
	dialAs(t, "127.0.0.3", d.Addr, "+OK [XCLIENT] TPOPS ready.").ok("XCLIENT TTL=1")
}
