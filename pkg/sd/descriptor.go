package sd

import (
	"fmt"
	"syscall"
)

// withDescriptors calls use with the descriptors of files, which no other goroutine can
// close during the call. It nests a call for each file, so that there may be at most
// SCM_MAX_FD (unix(7)) files.
func withDescriptors(files []syscall.Conn, use func(fds []int) error) error {
	return collect(files, make([]int, 0, len(files)), use)
}

func collect(files []syscall.Conn, fds []int, use func([]int) error) error {
	if len(fds) == len(files) {
		return use(fds)
	}
	raw, err := files[len(fds)].SyscallConn()
	if err != nil {
		return fmt.Errorf("descriptor %d of %d: %w", len(fds)+1, len(files), err)
	}
	var used error
	err = raw.Control(func(fd uintptr) { used = collect(files, append(fds, int(fd)), use) })
	if err != nil {
		return fmt.Errorf("descriptor %d of %d: %w", len(fds)+1, len(files), err)
	}
	return used
}
