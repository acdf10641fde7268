package pop3_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

const wantOptions = "1 <nil> 1 <nil> 15 <nil> 15 <nil> 9 <nil> 262144 <nil> "

// optionsOf returns the options that SetSocketOptions sets, as they are.
func optionsOf(t *testing.T, s *pop3.Socket) string {
	t.Helper()
	raw, err := s.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	err = raw.Control(func(fd uintptr) {
		for _, o := range [][2]int{
			{unix.IPPROTO_TCP, unix.TCP_NODELAY}, {unix.SOL_SOCKET, unix.SO_KEEPALIVE}, {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE},
			{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL}, {unix.IPPROTO_TCP, unix.TCP_KEEPCNT}, {unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT},
		} {
			value, err := unix.GetsockoptInt(int(fd), o[0], o[1])
			text += fmt.Sprint(value, err, " ")
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// listenSocket returns a listener, of MPTCP or not.
func listenSocket(t *testing.T, address string, multipath bool) *pop3.SocketListener {
	t.Helper()
	var config net.ListenConfig
	config.SetMultipathTCP(multipath)
	plain, err := config.Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	l, err := pop3.NewSocketListener(plain.(*net.TCPListener))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// A connection has the addresses and options that package net would give it, whatever the
// socket of the listener passes on.
func TestSocketListener(t *testing.T) {
	for name, c := range map[string]struct {
		address   string
		multipath bool
	}{
		"one address": {"127.0.0.1:0", false}, "all addresses": {"0.0.0.0:0", false}, "all of IPv6": {":0", false}, "multipath": {"127.0.0.1:0", true},
	} {
		t.Run(name, func(t *testing.T) {
			l := listenSocket(t, c.address, c.multipath)
			port := l.Addr().(*net.TCPAddr).Port
			client, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			conn, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if conn.RemoteAddr().String() != client.LocalAddr().String() || conn.LocalAddr().String() != client.RemoteAddr().String() {
				t.Errorf("from %v to %v", conn.RemoteAddr(), conn.LocalAddr())
			}
			socket := conn.(*pop3.Socket)
			if got := optionsOf(t, socket); got != wantOptions {
				t.Errorf("options %s", got)
			}
			// The same connection, as a child process has it that knows nothing of the listener.
			again := pop3.AcceptedSocket(socket.File)
			if again == nil || again.RemoteAddr().String() != client.LocalAddr().String() || again.LocalAddr().String() != client.RemoteAddr().String() {
				t.Errorf("from a file: %+v", again)
			}
		})
	}
}

// A client that has connected before the server knew the listener, as under systemd,
// gets the options too.
func TestSocketListenerEarly(t *testing.T) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var clients []net.Conn
	dial := func() {
		client, err := net.Dial("tcp", plain.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		clients = append(clients, client)
	}
	dial()
	dial()
	l, err := pop3.NewSocketListener(plain.(*net.TCPListener))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dial()
	for i, client := range clients {
		defer client.Close()
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if got := optionsOf(t, conn.(*pop3.Socket)); got != wantOptions {
			t.Errorf("client %d has the options %s", i+1, got)
		}
	}
}

// Accept ends at its deadline and when the listener is closed, with the errors of package
// net.
func TestSocketListenerEnds(t *testing.T) {
	l := listenSocket(t, "127.0.0.1:0", false)
	if err := l.SetDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Accept(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("at the deadline: %v", err)
	}
	if err := l.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := l.Accept()
		ended <- err
	}()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// A file that is no TCP connection is left to package net.
func TestAcceptedSocketOther(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range pair {
		file := os.NewFile(uintptr(fd), "pair")
		defer file.Close()
		if s := pop3.AcceptedSocket(file); s != nil {
			t.Errorf("%+v", s)
		}
	}
}
