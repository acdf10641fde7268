package sd

import (
	"fmt"
	"syscall"
)

// withDescriptors calls use with the descriptors of files, none of which is
// closed meanwhile, whoever else uses them. It keeps them from closing by
// nesting, so files must be few: SCM_MAX_FD of unix(7) at most.
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
