// Package memfd makes files in memory, which are in no file system (memfd_create(2)).
package memfd

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Sealed are the seals of a file that no process can change or unseal.
const Sealed = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE

// flags are the flags of each file: it is closed on exec and can be sealed.
const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING

// New returns an empty file that can be sealed and is closed on exec. From Linux 6.3 on
// it can never be executed, which hardened kernels require (vm.memfd_noexec). /proc shows
// the name. The caller closes the file. The error is that of the system.
func New(name string) (*os.File, error) {
	return create(name, unix.EINVAL, flags|unix.MFD_NOEXEC_SEAL, flags)
}

// NewPlain is New for journald. Before version 253 journald accepts a file only if its
// seals are exactly Sealed, but a file that can never be executed has another seal. The
// file has that seal only if the kernel requires it.
func NewPlain(name string) (*os.File, error) {
	return create(name, unix.EACCES, flags, flags|unix.MFD_NOEXEC_SEAL)
}

// create makes a file with the flags first. If the kernel returns the error refusal, it
// uses the flags second.
func create(name string, refusal error, first, second int) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, first)
	if errors.Is(err, refusal) {
		fd, err = unix.MemfdCreate(name, second)
	}
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// Seal seals a file, so that its content cannot change. The error is that of the system.
func Seal(file *os.File) error {
	_, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, Sealed)
	return err
}

// IsSealed reports whether Seal was called for a file, in this process or in another one.
func IsSealed(file *os.File) bool {
	seals, err := unix.FcntlInt(file.Fd(), unix.F_GET_SEALS, 0)
	return err == nil && seals&Sealed == Sealed
}
