package children

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// maxPayload bounds what a child reads, in octets.
const maxPayload = 16 << 20

// sealed are the seals of a file that nobody can change any more.
const sealed = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE

// Seal returns a file in memory with the data, which is in no file system and
// cannot be changed. Any number of children may be given it, also at the same
// time. The caller closes it.
func Seal(data []byte) (*os.File, error) {
	if len(data) > maxPayload {
		return nil, fmt.Errorf("seal: more than %d octets", maxPayload)
	}
	fd, err := memfd()
	if err != nil {
		return nil, fmt.Errorf("seal: memfd: %w", err)
	}
	file := os.NewFile(uintptr(fd), "sealed")
	_, err = file.Write(data)
	if err == nil {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, sealed)
	}
	if err != nil {
		return nil, fmt.Errorf("seal: %w", errors.Join(err, file.Close()))
	}
	return file, nil
}

// memfd says, where that is known, that the file is never to be executed:
// hardened kernels insist on it (vm.memfd_noexec). That came with Linux 6.3.
func memfd() (int, error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate("tpops-child", flags|unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) {
		return unix.MemfdCreate("tpops-child", flags)
	}
	return fd, err
}

// unseal returns what is in a file that Seal made, from its start: the offset
// is that of all who have the file.
func unseal(fd int) ([]byte, error) {
	seals, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0)
	if err != nil || seals&sealed != sealed {
		return nil, fmt.Errorf("not a sealed file (%#x, %v)", seals, err)
	}
	var status unix.Stat_t
	if err := unix.Fstat(fd, &status); err != nil {
		return nil, err
	}
	if status.Size > maxPayload {
		return nil, fmt.Errorf("more than %d octets", maxPayload)
	}
	data := make([]byte, status.Size)
	n, err := unix.Pread(fd, data, 0)
	if err == nil && n < len(data) {
		err = io.ErrUnexpectedEOF
	}
	return data, err
}
