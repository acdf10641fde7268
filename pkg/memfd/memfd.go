// Package memfd makes files that are in memory and in no file system
// (memfd_create(2)).
package memfd

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Sealed are the seals of a file that nobody can change any more, nor unseal.
const Sealed = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE

// New returns an empty file that can be sealed and is closed on exec. It says,
// where the kernel knows that (Linux 6.3), that the file is never to be
// executed: hardened kernels insist on it (vm.memfd_noexec). The name is what
// /proc shows. The caller closes the file; the error is that of the system.
func New(name string) (*os.File, error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate(name, flags|unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) {
		fd, err = unix.MemfdCreate(name, flags)
	}
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// Seal seals a file of New, so that it stays as it is.
func Seal(file *os.File) error {
	_, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, Sealed)
	return err
}
