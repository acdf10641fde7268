package osuser

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// pastModes are the capabilities that override the modes and owners of files.
const pastModes = 1<<unix.CAP_CHOWN | 1<<unix.CAP_DAC_OVERRIDE |
	1<<unix.CAP_DAC_READ_SEARCH | 1<<unix.CAP_FOWNER

// anotherUser are the capabilities with which a process can get the rights of another
// user.
const anotherUser = pastModes | 1<<unix.CAP_SETUID | 1<<unix.CAP_SETGID |
	1<<unix.CAP_SETPCAP | 1<<unix.CAP_SETFCAP | 1<<unix.CAP_SYS_PTRACE |
	1<<unix.CAP_SYS_ADMIN | 1<<unix.CAP_SYS_MODULE | 1<<unix.CAP_SYS_RAWIO

// capabilities returns the effective and permitted capabilities of the calling thread,
// one bit each.
func capabilities() (effective, permitted uint64, err error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // capget(2) with version 3 fills two
	if err := unix.Capget(&header, &data[0]); err != nil {
		return 0, 0, fmt.Errorf("capget: %w", err)
	}
	effective = uint64(data[1].Effective)<<32 | uint64(data[0].Effective)
	permitted = uint64(data[1].Permitted)<<32 | uint64(data[0].Permitted)
	return effective, permitted, nil
}

// bounded returns an error unless file modes apply to the calling thread. When the fsuid
// changes from 0, the kernel removes the capabilities that override them. A process that
// is not root but has such a capability keeps it, and could read the mail of all users.
func bounded() error {
	effective, _, err := capabilities()
	if err != nil {
		return err
	}
	if effective&pastModes != 0 {
		return fmt.Errorf("the process has capabilities that override file modes (%#x)", effective&pastModes)
	}
	return nil
}
