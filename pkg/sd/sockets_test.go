package sd

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/memfd"
)

// childSockets prints what it was passed, and checks that nobody else will
// take it for his.
func childSockets() error {
	sockets, err := Sockets()
	for _, name := range os.Environ() {
		if strings.HasPrefix(name, "LISTEN_") {
			return fmt.Errorf("%s is still set", name)
		}
	}
	if err != nil {
		return err
	}
	for _, s := range sockets {
		var flags int
		raw, err := s.File.SyscallConn()
		if err != nil {
			return err
		}
		err = raw.Control(func(fd uintptr) { flags, _ = unix.FcntlInt(fd, unix.F_GETFD, 0) })
		if err != nil || flags&unix.FD_CLOEXEC == 0 {
			return fmt.Errorf("%s is inherited by children (%v)", s.Name, err)
		}
		network := "-"
		if s.Addr != nil {
			network = s.Addr.Network()
		}
		fmt.Println(s.Name, s.Kind, network, s.ImplicitTLS())
	}
	again, err := Sockets()
	if len(again) > 0 {
		return errors.New("passed twice")
	}
	return err
}

func TestSockets(t *testing.T) {
	listener := fileOf(t, tcp(t))
	local := fileOf(t, unixListener(t))
	_, conn := connect(t, tcp(t))
	connected := fileOf(t, conn.(*net.TCPConn))
	_, conn = connect(t, unixListener(t))
	unixConnected := fileOf(t, conn.(*net.UnixConn))
	stream, _ := pair(t, unix.SOCK_STREAM)
	packet, otherEnd := pair(t, unix.SOCK_SEQPACKET)
	otherEnd.Close() // as after Pack
	memory := sealedFile(t, "state", memfd.Sealed)
	six, err := net.Listen("tcp6", "[::]:0")
	if err != nil {
		t.Fatal(err)
	}
	defer six.Close()
	udp := socket(t, unix.AF_INET, unix.SOCK_DGRAM)
	unconnected := socket(t, unix.AF_INET, unix.SOCK_STREAM)
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	polling := os.NewFile(uintptr(epoll), "epoll")
	defer polling.Close()
	disk, err := os.Open("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()

	files := func(f ...*os.File) []*os.File { return f }
	tests := []struct {
		name          string
		files         []*os.File
		pid, n, names string
		want          string // what the child prints
	}{
		{"one", files(listener), "self", "1", "pop3", "pop3 listening tcp false"},
		{"all families, one name",
			files(listener, fileOf(t, six.(*net.TCPListener)), local), "self", "3", "pop3:pop3:pop3",
			"pop3 listening tcp false\npop3 listening tcp false\npop3 listening unix false"},
		{"two services", files(listener, listener), "self", "2", "pop3:pop3s",
			"pop3 listening tcp false\npop3s listening tcp true"},
		{"one process per connection", files(connected), "self", "1", "connection", "connection connected tcp false"},
		{"the same, unix socket", files(unixConnected), "self", "1", "connection", "connection connected unix false"},
		{"stored", files(packet, memory, stream), "self", "3", "sessions:state:pair",
			"sessions stored - false\nstate stored - false\npair stored - false"},
		{"listener among stored", files(packet, listener), "self", "2", "sessions:pop3",
			"sessions stored - false\npop3 listening tcp false"},
		{"no names", files(listener), "self", "1", "", "LISTEN_FD_3 listening tcp false"},

		{"nothing passed", nil, "", "", "", ""},
		{"passed to another process", files(listener), "1", "1", "pop3", ""},
		{"no number", files(listener), "self", "", "pop3", ""},
		{"number is none", files(listener), "self", "1x", "pop3", "error: LISTEN_FDS"},
		{"process is none", files(listener), "0x10", "1", "pop3", "error: LISTEN_PID"},
		{"more than can be", files(listener), "self", "2000000000", "pop3", "error: LISTEN_FDS"},
		{"less than none", files(listener), "self", "-1", "pop3", "error: LISTEN_FDS"},

		{"more than were passed", files(listener), "self", "2", "a:b", `error: passed descriptor 4 ("b"): `},
		{"file of the disk", files(disk), "self", "1", "",
			`error: passed descriptor 3 (""): neither a socket nor a file in memory`},
		{"datagrams", files(listener, udp), "self", "2", "pop3:dns",
			`error: passed descriptor 4 ("dns"): not a stream socket`},
		{"no client any more", files(unconnected), "self", "1", "connection",
			`error: passed descriptor 3 ("connection"): socket is not connected`},
		{"what the runtime uses", files(listener, polling), "self", "2", "pop3",
			`error: passed descriptor 4 (""): neither a socket nor a file`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := runChild(t, "sockets", tt.files,
				"LISTEN_PID="+tt.pid, "LISTEN_FDS="+tt.n, "LISTEN_FDNAMES="+tt.names, "LISTEN_PIDFDID=1")
			if got != tt.want && (!strings.HasPrefix(tt.want, "error: ") || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// childEcho greets on what it was passed, and sends back one line.
func childEcho() error {
	sockets, err := Sockets()
	if err != nil {
		return err
	}
	if len(sockets) != 1 {
		return fmt.Errorf("%d sockets", len(sockets))
	}
	return echo(&sockets[0])
}

// childStdin does the same with standard input.
func childStdin() error {
	s, err := Stdin()
	if err != nil {
		return err
	}
	if s == nil {
		fmt.Println("neither")
		return nil
	}
	return echo(s)
}

func echo(s *Socket) error {
	if s.Kind == Listening {
		l, err := s.Listener()
		if err != nil {
			return err
		}
		defer l.Close()
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		return echoConn(s, conn)
	}
	conn, err := s.Conn()
	if err != nil {
		return err
	}
	return echoConn(s, conn)
}

func echoConn(s *Socket, conn net.Conn) error {
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "%s %s\n", s.Name, s.Kind); err != nil {
		return err
	}
	_, err := io.CopyN(conn, conn, int64(len("ping\n")))
	return err
}

func TestSocketConn(t *testing.T) {
	tests := []struct {
		name   string
		listen func(*testing.T) net.Listener
	}{
		{"tcp", func(t *testing.T) net.Listener { return tcp(t) }},
		{"unix", func(t *testing.T) net.Listener { return unixListener(t) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, server := connect(t, tt.listen(t))
			file := fileOf(t, server.(interface{ File() (*os.File, error) }))
			s := Socket{Name: "connection", Kind: Connected, File: file}
			conn, err := s.Conn()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if conn.RemoteAddr() == nil || conn.LocalAddr() == nil {
				t.Error("no address")
			}
			if !errors.Is(file.Close(), os.ErrClosed) {
				t.Error("the file is still open")
			}
			if _, err := io.WriteString(client, "x"); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSocketConnGone has a client that goes between the look and the use.
func TestSocketConnGone(t *testing.T) {
	client, server := connect(t, tcp(t))
	file := fileOf(t, server.(*net.TCPConn))
	if kind, _, err := inspect(int(file.Fd())); kind != Connected {
		t.Fatal(kind, err)
	}
	// Closing with linger 0 sends a reset; a read waits until it is there.
	if err := client.(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	client.Close()
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, unix.ECONNRESET) {
		t.Fatal(err)
	}
	_, err := (&Socket{Name: "connection", Kind: Connected, File: file}).Conn()
	if !errors.Is(err, ErrNotConnected) {
		t.Errorf("error is %v", err)
	}
}

func TestSocketOfAnotherKind(t *testing.T) {
	listener := Socket{Name: "pop3", Kind: Listening, File: fileOf(t, tcp(t))}
	if _, err := listener.Conn(); err == nil {
		t.Error("a listener became a connection")
	}
	stored := Socket{Name: "state", Kind: Stored, File: sealedFile(t, "", 0)}
	_, err := stored.Listener()
	wantError(t, err, `passed socket "state"`)
}

// TestListenerKeepsPath holds that the path of a unix socket stays, for the
// process to come.
func TestListenerKeepsPath(t *testing.T) {
	passed := unixListener(t)
	l, err := (&Socket{Kind: Listening, File: fileOf(t, passed)}).Listener()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(passed.Addr().String()); err != nil {
		t.Error(err)
	}
}

func TestImplicitTLS(t *testing.T) {
	port := func(n int) net.Addr { return &net.TCPAddr{Port: n} }
	tests := []struct {
		name string
		addr net.Addr
		want bool
	}{
		{"pop3", port(110), false},
		{"pop3s", port(995), true},
		{"pop3s", port(110), true},
		{"pop3s", &net.UnixAddr{Name: "/run/pop3s"}, true},
		{"intern-pop3s", port(10995), true},
		{"pop3", port(995), true},
		{"pop3", &net.UnixAddr{Name: "/run/995"}, false},
		{"pop3s-not", port(110), false},
		{"connection", port(995), true},
		{"", nil, false},
	}
	for _, tt := range tests {
		if got := (&Socket{Name: tt.name, Addr: tt.addr}).ImplicitTLS(); got != tt.want {
			t.Errorf("%s on %v: %v", tt.name, tt.addr, got)
		}
	}
}

func TestStdin(t *testing.T) {
	_, conn := connect(t, tcp(t))
	stream, _ := pair(t, unix.SOCK_STREAM)
	packet, _ := pair(t, unix.SOCK_SEQPACKET)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	tests := []struct {
		name string
		file *os.File
		want Kind // neither: no socket
		err  error
	}{
		{"listener", fileOf(t, tcp(t)), Listening, nil},
		{"connection", fileOf(t, conn.(*net.TCPConn)), Connected, nil},
		{"a program at the other end", stream, Connected, nil},
		{"messages", packet, neither, nil},
		{"pipe", r, neither, nil},
		{"file", sealedFile(t, "", 0), neither, nil},
		{"datagrams", socket(t, unix.AF_INET, unix.SOCK_DGRAM), neither, nil},
		{"client has gone", socket(t, unix.AF_INET, unix.SOCK_STREAM), neither, ErrNotConnected},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := standardInput(int(tt.file.Fd()))
			if !errors.Is(err, tt.err) {
				t.Fatalf("error is %v, want %v", err, tt.err)
			}
			if s == nil {
				s = &Socket{}
			}
			if s.Kind != tt.want {
				t.Errorf("is %v, want %v", s.Kind, tt.want)
			}
			s.File.Close()
			if _, err := tt.file.Stat(); err != nil {
				t.Errorf("standard input was closed: %v", err)
			}
		})
	}
}

func TestInspectClosed(t *testing.T) {
	if kind, _, err := inspect(-1); kind != neither || !errors.Is(err, unix.EBADF) {
		t.Error(kind, err)
	}
}

func TestStdinClosed(t *testing.T) {
	if _, err := standardInput(-1); !errors.Is(err, unix.EBADF) {
		t.Error(err)
	}
}

func TestManaged(t *testing.T) {
	self := fmt.Sprint(os.Getpid())
	tests := []struct {
		name, pid, fds, notify string
		want                   bool
	}{
		{"by hand", "", "", "", false},
		{"service", "", "", "/run/systemd/notify", true},
		{"sockets", self, "1", "", true},
		{"both", self, "1", "@notify", true},
		{"sockets of the shell", "1", "1", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("LISTEN_PID", tt.pid)
			t.Setenv("LISTEN_FDS", tt.fds)
			t.Setenv("NOTIFY_SOCKET", tt.notify)
			if got := Managed(); got != tt.want {
				t.Error(got)
			}
		})
	}
}
