package sd

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/coreos/go-systemd/v22/activation"
	"golang.org/x/sys/unix"
)

// Socket is a descriptor that another process opened for this one.
type Socket struct {
	// Name is what FileDescriptorName= of the socket unit says, by default the
	// unit's name; "connection" with Accept=yes; for a stored descriptor the
	// name it was stored under. Several may have the same name.
	Name string
	// Kind is never Neither.
	Kind Kind
	// Addr is the local address: *net.TCPAddr or *net.UnixAddr, nil for
	// Stored.
	Addr net.Addr
	// File is the descriptor, close-on-exec. Whoever has the Socket closes it,
	// Listener and Conn do.
	File *os.File
}

// Sockets returns the descriptors that systemd passed, in its order; none
// when it passed none, or passed them to another process. It may be called
// once, before anything else opens files: the environment that tells of them
// is unset, so that neither a second call nor a child takes them again.
//
// A descriptor that is closed, or is of no Kind, is an error that names it, as
// is an environment that contradicts itself; a connection whose client has
// gone is ErrNotConnected. With an error no descriptor is touched: what was
// announced may belong to somebody else, the Go runtime for one.
func Sockets() ([]Socket, error) {
	defer unsetListen()
	n, err := passed(os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS"), os.Getpid())
	if err != nil || n == 0 {
		return nil, err
	}
	sockets := make([]Socket, n)
	for i := range sockets {
		if err := sockets[i].recognize(firstPassed + i); err != nil {
			return nil, fmt.Errorf("passed descriptor %d (%q): %w", firstPassed+i, announcedName(i), err)
		}
	}
	for i, file := range activation.Files(true) {
		sockets[i].Name, sockets[i].File = file.Name(), file
	}
	return sockets, nil
}

// recognize fills in what the kernel knows.
func (s *Socket) recognize(fd int) (err error) {
	s.Kind, s.Addr, err = inspect(fd)
	if a, ok := s.Addr.(*net.UnixAddr); ok && a.Name == "" && s.Kind == Connected {
		// A connection has the name of the listener; only a pair has none.
		s.Kind, s.Addr = Stored, nil
	}
	return err
}

// announcedName returns the name of a passed descriptor for an error.
func announcedName(i int) string {
	names := strings.Split(os.Getenv("LISTEN_FDNAMES"), ":")
	if i < len(names) {
		return names[i]
	}
	return ""
}

// Stdin returns the socket that is standard input, as with inetd or with
// StandardInput=socket, of kind Listening or Connected; nil when standard
// input is something else, such as a terminal or a pipe. Its File is a
// duplicate, so that closing it leaves standard input itself.
//
// The error is ErrNotConnected when the client has gone, or that of the
// kernel.
func Stdin() (*Socket, error) { return standardInput(int(unix.Stdin)) }

func standardInput(fd int) (*Socket, error) {
	kind, addr, err := inspect(fd)
	switch {
	case errors.Is(err, ErrNotConnected) || errors.Is(err, unix.EBADF):
		return nil, fmt.Errorf("standard input: %w", err)
	case kind != Listening && kind != Connected:
		return nil, nil
	}
	duplicate, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, firstPassed)
	if err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	const name = "stdin"
	return &Socket{Name: name, Kind: kind, Addr: addr, File: os.NewFile(uintptr(duplicate), name)}, nil
}

// ImplicitTLS reports whether TLS comes first on this socket, before any
// command (RFC 8314 §3.3): its name is or ends in "pop3s", or else its local
// port is 995. The port counts because a port added to a socket unit has the
// name of all the others.
func (s *Socket) ImplicitTLS() bool {
	if strings.HasSuffix(s.Name, "pop3s") {
		return true
	}
	tcp, ok := s.Addr.(*net.TCPAddr)
	return ok && tcp.Port == 995
}

// Listener makes a socket of kind Listening a listener and closes File, also
// when that fails. Closing the listener leaves the path of a unix socket,
// which is systemd's.
func (s *Socket) Listener() (net.Listener, error) {
	defer s.File.Close() // The listener has a duplicate.
	listener, err := net.FileListener(s.File)
	if err != nil {
		return nil, fmt.Errorf("passed socket %q: %w", s.Name, err)
	}
	return listener, nil
}

// Conn makes a socket of kind Connected a connection and closes File, also
// when that fails. The error is ErrNotConnected when the client has gone
// meanwhile; a connection that is returned has both addresses.
func (s *Socket) Conn() (net.Conn, error) {
	defer s.File.Close() // The connection has a duplicate.
	conn, err := net.FileConn(s.File)
	if err != nil {
		return nil, fmt.Errorf("passed connection %q: %w", s.Name, err)
	}
	if conn.RemoteAddr() == nil {
		_ = conn.Close()
		return nil, fmt.Errorf("passed connection %q: %w", s.Name, ErrNotConnected)
	}
	return conn, nil
}
