package process

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// Conn returns the connection that Next accepted or a child inherited, with the
// options of pop3.SetSocketOptions. The file belongs to it, also after an error. The error
// is ENOTCONN if the client has disconnected, or that of the system.
func Conn(file *os.File) (net.Conn, error) {
	if socket := pop3.AcceptedSocket(file); socket != nil {
		return socket, nil
	}
	defer file.Close() // The connection has a duplicate.
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	if conn.RemoteAddr() == nil {
		return nil, errors.Join(unix.ENOTCONN, conn.Close())
	}
	return conn, nil
}

// Duplicate returns a file with the descriptor of a listener or a connection, which
// children can inherit. Passing it on does not change the mode (blocking or not) of
// the original. The caller closes the file. The error is that of the system.
func Duplicate(of syscall.Conn) (*os.File, error) {
	raw, err := of.SyscallConn()
	if err != nil {
		return nil, err
	}
	n := -1
	controlErr := raw.Control(func(fd uintptr) { n, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, firstFD) })
	if err := errors.Join(controlErr, err); err != nil {
		return nil, fmt.Errorf("duplicate: %w", err)
	}
	return os.NewFile(uintptr(n), "duplicate"), nil
}
