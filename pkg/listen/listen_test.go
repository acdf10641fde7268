package listen

import (
	"bytes"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/config"
	"tpops/pkg/sd"
	"tpops/pkg/workers"
)

// load returns the configuration of options.
func load(t *testing.T, params ...string) *config.Config {
	t.Helper()
	c, err := config.Load(config.Source{Args: params, Hostname: "host", DefaultFile: filepath.Join(t.TempDir(), "none")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// closeAll closes the listeners at the end of the test.
func closeAll(t *testing.T, listeners []workers.Listener) {
	t.Helper()
	for _, l := range listeners {
		t.Cleanup(func() { l.Close() })
	}
}

// passListener returns a listening socket on a free port of the loopback interface,
// as systemd passes it.
func passListener(t *testing.T, name string) sd.Socket {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	return sd.Socket{Name: name, Kind: sd.Listening, Addr: l.Addr(), File: file}
}

// passConn returns one end of a connection, as systemd passes it, and the other end.
func passConn(t *testing.T, name string) (sd.Socket, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	file, err := server.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	return sd.Socket{Name: name, Kind: sd.Connected, Addr: server.LocalAddr(), File: file}, client
}

// TestOpenPorts checks that the ports of the parameters are opened if systemd passed
// none, and that no port stays open after an error.
func TestOpenPorts(t *testing.T) {
	all, err := Open(load(t, "--port=127.0.0.1:0", "--tls-port=127.0.0.1:0", "--tls-cert=/x"), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	closeAll(t, all)
	if len(all) != 2 || all[0].Port.TLS || !all[1].Port.TLS {
		t.Fatalf("%+v", all)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	plain := free.Addr().String()
	free.Close()
	taken := all[0].Addr().String()
	if _, err := Open(load(t, "--port="+plain, "--tls-port="+taken, "--tls-cert=/x"), nil, slog.New(slog.DiscardHandler)); err == nil {
		t.Fatalf("%s was opened twice", taken)
	}
	again, err := net.Listen("tcp", plain)
	if err != nil {
		t.Fatalf("%s stayed open: %v", plain, err)
	}
	again.Close()
}

// TestOpenPassed checks that sockets of systemd replace the ports of the parameters,
// and that a parameter without effect is logged.
func TestOpenPassed(t *testing.T) {
	var text bytes.Buffer
	log := slog.New(slog.NewTextHandler(&text, nil))
	plain, implicit := passListener(t, "pop3"), passListener(t, "pop3s")
	conn, _ := passConn(t, "connection")
	defer conn.File.Close()
	c := load(t, "--port="+plain.Addr.String(), "--tls-port=127.0.0.1:1", "--tls-cert=/x")
	all, err := Open(c, []sd.Socket{plain, conn, implicit}, log)
	if err != nil {
		t.Fatal(err)
	}
	closeAll(t, all)
	if len(all) != 2 || all[0].Port.TLS || !all[1].Port.TLS || all[0].Addr().String() != plain.Addr.String() {
		t.Errorf("%+v", all)
	}
	if got := text.String(); strings.Count(got, "port ignored") != 1 || !strings.Contains(got, "port=127.0.0.1:1 ") {
		t.Errorf("logged %s", got)
	}
	var want []string
	for _, a := range Addresses(all) {
		want = append(want, a.String())
	}
	if !slices.Equal(want, []string{plain.Addr.String(), implicit.Addr.String()}) {
		t.Errorf("the addresses are %v", want)
	}
}

// TestIgnoredPorts checks which parameters have no effect beside passed sockets.
func TestIgnoredPorts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for address, want := range map[string]bool{
		":110": false, ":" + port: false, "127.0.0.1:" + port: false, "127.0.0.2:" + port: true, ":1": true,
	} {
		got := ignoredPorts(&config.Config{Run: config.Run{Port: address}}, []workers.Listener{{Listener: l}})
		if (len(got) == 1) != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

// TestAddressesWithoutIP checks that a unix socket has no address.
func TestAddressesWithoutIP(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := Addresses([]workers.Listener{{Listener: l}}); got != nil {
		t.Errorf("%v", got)
	}
}

// TestPassedConn checks that exactly one connection is served.
func TestPassedConn(t *testing.T) {
	socket, client := passConn(t, "pop3s")
	conn, port, err := PassedConn([]sd.Socket{socket})
	if err != nil || !port.TLS {
		t.Fatalf("%+v, %v", port, err)
	}
	defer conn.Close()
	if conn.RemoteAddr().String() != client.LocalAddr().String() {
		t.Errorf("a connection from %v", conn.RemoteAddr())
	}
	if _, _, err := PassedConn(make([]sd.Socket, 2)); err == nil {
		t.Error("two connections are no error")
	}
}

// TestStdin starts this test again with several kinds of standard input.
func TestStdin(t *testing.T) {
	const variable = "TPOPS_TEST_STDIN"
	if os.Getenv(variable) != "" {
		serveStdin(t)
		return
	}
	listener := passListener(t, "")
	defer listener.File.Close()
	conn, client := passConn(t, "")
	if got := runOnStdin(t, variable, conn.File); !strings.HasPrefix(got, "ok ") {
		t.Errorf("a connection: %s", got)
	}
	conn.File.Close()
	if reply, err := readAll(client); reply != "+OK\r\n" || err != nil {
		t.Errorf("the client got %q, %v", reply, err)
	}
	if got := runOnStdin(t, variable, listener.File); !strings.Contains(got, "standard input is a listening socket") {
		t.Errorf("a listening socket: %s", got)
	}
}

// Without metrics-listen there is no socket for the metrics, and with it only that one.
func TestMetrics(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	for _, params := range [][]string{nil, {"--metrics-listen=none"}} {
		l, err := Metrics(load(t, params...), nil, -1, log)
		if l != nil || err != nil {
			t.Errorf("%q: %v, %v", params, l, err)
		}
	}
	path := filepath.Join(t.TempDir(), "metrics")
	for param, network := range map[string]string{path: "unix", "127.0.0.1:0": "tcp", "[::1]:0": "tcp"} {
		l, err := Metrics(load(t, "--metrics-listen="+param), nil, -1, log)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if got := l.Addr(); got.Network() != network || network == "tcp" && !got.(*net.TCPAddr).IP.IsLoopback() {
			t.Errorf("%s: %v", param, got)
		}
	}
}
