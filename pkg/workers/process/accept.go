package process

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// fd returns the descriptor of a file. Unlike File.Fd it does not change the mode of
// the file, which other processes share. It returns -1, which poll(2) ignores, for nil
// and for a closed file.
func fd(f *os.File) int {
	if f == nil {
		return -1
	}
	n := -1
	raw, err := f.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { n = int(fd) })
	}
	if err != nil {
		return -1
	}
	return n
}

func accept(listener int) (*os.File, error) {
	// That of package unix asks for the protocol each time.
	conn, _, err := syscall.Accept4(listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("accept: %w", err)
	}
	return os.NewFile(uintptr(conn), "connection"), nil
}

// AcceptWaiting accepts a connection that waits, without waiting for one. It returns nil if
// there is none, or if descriptors or memory are exhausted. The listener has to be
// non-blocking, see PrepareListener. The caller closes the connection.
func AcceptWaiting(listener *os.File) *os.File {
	conn, err := accept(fd(listener))
	if err != nil {
		return nil
	}
	return conn
}

// PrepareListener makes a listener non-blocking, in all processes that have it, and gives
// it the options that its connections inherit. The error is that of the system.
func PrepareListener(listener *os.File) error {
	_ = pop3.SetSocketOptions(fd(listener)) // Conn sets them where that is not possible.
	return setNonblock(listener)
}

func setNonblock(listener *os.File) error { return unix.SetNonblock(fd(listener), true) }

// hasNoConnection reports whether an error of accept(2) only means that there is no
// connection to accept. The errors of the network belong to a connection that has
// failed before it was accepted.
func hasNoConnection(err error) bool {
	for _, errno := range []error{
		unix.EAGAIN, unix.EINTR, unix.ECONNABORTED, unix.ENETDOWN, unix.EPROTO, unix.ENOPROTOOPT,
		unix.EHOSTDOWN, unix.ENONET, unix.EHOSTUNREACH, unix.EOPNOTSUPP, unix.ENETUNREACH, unix.EPERM,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}
