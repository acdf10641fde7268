package process

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"tpops/pkg/memfd"
)

// maxPayload is the maximum size of a payload in bytes.
const maxPayload = 16 << 20

// Seal returns a file in memory that contains the data and cannot be changed. Any
// number of children may inherit it, also at the same time. The caller closes it. The
// error is that of the system, or that the data is longer than 16 MiB.
func Seal(data []byte) (*os.File, error) {
	if len(data) > maxPayload {
		return nil, fmt.Errorf("seal: more than %d bytes", maxPayload)
	}
	file, err := memfd.New("tpops-child")
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	_, err = file.Write(data)
	if err == nil {
		err = memfd.Seal(file)
	}
	if err != nil {
		return nil, fmt.Errorf("seal: %w", errors.Join(err, file.Close()))
	}
	return file, nil
}

// unseal returns the content of a file that Seal made. It reads from position 0,
// because all processes that have the file share its offset.
func unseal(fd int) ([]byte, error) {
	seals, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0)
	if err != nil || seals&memfd.Sealed != memfd.Sealed {
		return nil, fmt.Errorf("not a sealed file (%#x, %v)", seals, err)
	}
	var status unix.Stat_t
	if err := unix.Fstat(fd, &status); err != nil {
		return nil, err
	}
	if status.Size > maxPayload {
		return nil, fmt.Errorf("more than %d bytes", maxPayload)
	}
	data := make([]byte, status.Size)
	n, err := unix.Pread(fd, data, 0)
	if err == nil && n < len(data) {
		err = io.ErrUnexpectedEOF
	}
	return data, err
}
