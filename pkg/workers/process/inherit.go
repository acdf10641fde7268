package process

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxFiles is the maximum number of Spec.Files.
const maxFiles = 1024

// Inheritance is what a child inherits from its parent. Its files are close-on-exec.
// The caller closes them.
type Inheritance struct {
	Payload []byte
	Files   []*os.File // in the order of Spec.Files
	Control *os.File   // for NewPoller
}

// IsChild reports whether this process is a child that has not yet called Inherit.
func IsChild() bool { return os.Getenv(variable) != "" }

// Inherit returns what this child inherits. Call it once, before any file is opened:
// it unsets the variable that IsChild reads, and closes the payload. The error means
// that the process was not started by Pool.Start.
func Inherit() (*Inheritance, error) {
	i, err := inherit()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	return i, nil
}

func inherit() (*Inheritance, error) {
	n, err := strconv.Atoi(os.Getenv(variable))
	_ = os.Unsetenv(variable) // Unsetenv returns no error on Linux.
	if err != nil || n < 0 || n > maxFiles {
		return nil, errors.New("not a number of files")
	}
	if err := checkDescriptors(firstFD + n); err != nil {
		return nil, err
	}
	payload, err := unseal(payloadFD)
	if err != nil {
		return nil, err
	}
	if err := unix.Close(payloadFD); err != nil {
		return nil, err
	}
	i := &Inheritance{Payload: payload, Control: os.NewFile(controlFD, "control")}
	for fd := firstFD; fd < firstFD+n; fd++ {
		i.Files = append(i.Files, os.NewFile(uintptr(fd), "inherited"))
	}
	return i, nil
}

// checkDescriptors makes the descriptors from controlFD to end close-on-exec, and checks
// the control connection.
func checkDescriptors(end int) error {
	for fd := controlFD; fd < end; fd++ {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
			return fmt.Errorf("descriptor %d: %w", fd, err)
		}
	}
	typ, err := unix.GetsockoptInt(controlFD, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil || typ != unix.SOCK_SEQPACKET {
		return fmt.Errorf("descriptor %d is not a control connection", controlFD)
	}
	return nil
}
