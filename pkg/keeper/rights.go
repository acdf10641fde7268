package keeper

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// giveUp gives up all capabilities but CAP_KILL, with which a keeper that is root passes
// signals to a child with other ids. A program that is linked with C cannot do that.
func giveUp() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var has [2]unix.CapUserData // Version 3 has two.
	if err := unix.Capget(&header, &has[0]); err != nil {
		return fmt.Errorf("capget: %w", err)
	}
	if has[0].Permitted|has[1].Permitted == 0 {
		return nil // The system may even forbid the call that gives up nothing.
	}
	kill := has[0].Permitted & (1 << unix.CAP_KILL)
	keep := [2]unix.CapUserData{{Effective: kill, Permitted: kill}}
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&keep[0])), 0)
	if errno != 0 && !errors.Is(errno, syscall.ENOTSUP) {
		return fmt.Errorf("capset: %w", errno)
	}
	return nil
}
