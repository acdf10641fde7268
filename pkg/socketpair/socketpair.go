// Package socketpair connects two processes of the program by a pair of Unix sockets. It
// preserves message boundaries, and each end notices when the other one is closed.
package socketpair

import (
	"errors"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// New returns the two ends of a new pair: a connection of this process, and a file with a name
// for the other process. The caller closes both. The error is that of the system.
func New(name string) (ours *net.UnixConn, theirs *os.File, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	theirs = os.NewFile(uintptr(pair[1]), name)
	if ours, err = Conn(os.NewFile(uintptr(pair[0]), name)); err != nil {
		return nil, nil, errors.Join(err, theirs.Close())
	}
	return ours, theirs, nil
}

// Conn returns the connection of a file, and closes the file, also after an error. The error is
// that it is not a Unix socket, or that of the system.
func Conn(file *os.File) (*net.UnixConn, error) {
	defer file.Close() // The connection has a duplicate.
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(errors.New("not a Unix socket"), conn.Close())
	}
	return socket, nil
}
