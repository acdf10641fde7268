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

// Socket is a descriptor that another process has passed to this one.
type Socket struct {
	// Name is FileDescriptorName= of the socket unit, by default the name of the unit. It
	// is "connection" with Accept=yes, and the name of Store for a stored descriptor.
	// Several descriptors may have the same name.
	Name string
	Kind Kind
	// Addr is the local address: *net.TCPAddr or *net.UnixAddr, nil for
	// Stored.
	Addr net.Addr
	// File is the descriptor, close-on-exec. Listener and Conn close it; otherwise the
	// caller does.
	File *os.File
}

// Sockets returns the descriptors that systemd has passed to this process, in its order.
// Call it once, before any file is opened: it unsets the variables, so that neither a
// second call nor a child uses the descriptors again.
//
// The error is that a descriptor is closed or of no Kind, that variables are invalid, or
// ErrNotConnected if the client of a connection has disconnected. After an error all
// descriptors are unchanged, because they may belong to other code, such as the Go
// runtime.
func Sockets() ([]Socket, error) {
	defer unsetListen()
	ownListen()
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

// recognize sets kind and address.
func (s *Socket) recognize(fd int) (err error) {
	s.Kind, s.Addr, err = inspect(fd)
	if a, ok := s.Addr.(*net.UnixAddr); ok && a.Name == "" && s.Kind == Connected {
		// A connection has the name of its listener. Only a socket pair has no name.
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

// Stdin returns standard input if it is a socket of kind Listening or Connected, as with
// inetd or StandardInput=socket. It returns nil for other files, such as a terminal or a
// pipe. File is a duplicate: closing it does not close standard input.
//
// The error is ErrNotConnected if the client has disconnected, or that of the system.
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

// ImplicitTLS reports whether connections of this socket begin with TLS (RFC 8314 §3.3):
// its name ends in "pop3s", or its local port is 995. The port matters because all ports
// of a socket unit have the same name.
func (s *Socket) ImplicitTLS() bool {
	if strings.HasSuffix(s.Name, "pop3s") {
		return true
	}
	tcp, ok := s.Addr.(*net.TCPAddr)
	return ok && tcp.Port == 995
}

// Listener returns the listener of a socket of kind Listening. It closes File, also after
// an error. Closing the listener does not remove the path of a Unix socket, which belongs
// to systemd. The error is that of the system.
func (s *Socket) Listener() (net.Listener, error) {
	defer s.File.Close() // The listener has a duplicate.
	listener, err := net.FileListener(s.File)
	if err != nil {
		return nil, fmt.Errorf("passed socket %q: %w", s.Name, err)
	}
	return listener, nil
}

// Conn returns the connection of a socket of kind Connected, which has both addresses. It
// closes File, also after an error. The error is ErrNotConnected if the client has
// disconnected, or that of the system.
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
