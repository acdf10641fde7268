package process

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Unpolled returns the same file without the Go runtime waiting for it, and closes the
// given one, also after an error. The runtime waits for each non-blocking file that it
// knows, and all processes have the listeners: each client would wake all of them, though
// only one process is to serve it. The caller closes the file. The error is that of the
// system.
func Unpolled(file *os.File) (*os.File, error) {
	defer file.Close() // The result is a duplicate.
	// The runtime asks for the mode only now, and does not wait for a blocking file.
	blocking, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("eventfd: %w", err)
	}
	n, err := unix.FcntlInt(uintptr(blocking), unix.F_DUPFD_CLOEXEC, firstFD)
	_ = unix.Close(blocking) // Nothing was written to it.
	if err != nil {
		return nil, fmt.Errorf("duplicate: %w", err)
	}
	unpolled := os.NewFile(uintptr(n), file.Name())
	if err := unix.Dup3(fd(file), n, unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("duplicate: %w", errors.Join(err, unpolled.Close()))
	}
	return unpolled, nil
}
