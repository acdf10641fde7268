package process

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Conn makes a connection of what Next accepted, or a child inherited, and
// closes the file. It is set as package net sets those that it accepts. The
// error is that of a client that has gone, or of the system.
func Conn(file *os.File) (net.Conn, error) {
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

// Duplicate returns the descriptor of a listener or a connection as a file to
// give to children, with which the mode of the original stays what it is. The
// caller closes it. The error is that of the system.
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
