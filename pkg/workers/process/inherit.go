package process

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxFiles bounds how many sockets a child is started with.
const maxFiles = 1024

// Inheritance is what a child was started with. Its files are close-on-exec and
// the caller's to close.
type Inheritance struct {
	Payload []byte
	Files   []*os.File // in the order of Spec.Files
	Control *os.File   // for NewPoller
}

// IsChild reports whether this process is a child that has not called Inherit
// yet.
func IsChild() bool { return os.Getenv(variable) != "" }

// Inherit returns what a child was started with. It may be called once, before
// anything else opens files: the environment that tells of it is unset, and
// the payload closed. An error means that this is no child of Start's, but
// somebody has set the environment.
func Inherit() (*Inheritance, error) {
	n, err := strconv.Atoi(os.Getenv(variable))
	_ = os.Unsetenv(variable) // It has no error on Linux.
	if err != nil || n < 0 || n > maxFiles {
		return nil, fmt.Errorf("%s: not a number of files", variable)
	}
	for fd := controlFD; fd < firstFD+n; fd++ {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
			return nil, fmt.Errorf("%s: descriptor %d: %w", variable, fd, err)
		}
	}
	typ, err := unix.GetsockoptInt(controlFD, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil || typ != unix.SOCK_SEQPACKET {
		return nil, fmt.Errorf("%s: descriptor %d is no control connection", variable, controlFD)
	}
	payload, err := unseal(payloadFD)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	if err := unix.Close(payloadFD); err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	i := &Inheritance{Payload: payload, Control: os.NewFile(controlFD, "control")}
	for fd := firstFD; fd < firstFD+n; fd++ {
		i.Files = append(i.Files, os.NewFile(uintptr(fd), "inherited"))
	}
	return i, nil
}
