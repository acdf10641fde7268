package control

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

// errInUse is the error of Listen if a process accepts connections at the path.
var errInUse = errors.New("another process uses the socket")

// errGroup is the error of Listen if the process may not give the socket to the group.
var errGroup = errors.New("cannot give the socket to group " + adminGroup)

// mask is the umask with which the socket is made: 0660.
const mask = 0o117

// Listen opens the socket at path, an absolute path whose directory exists, and gives it
// to the group admins unless that is -1. It replaces the socket of a process that has
// ended. The caller closes the listener, which leaves the path: another process may
// have replaced it.
//
// The error is errInUse or that of the system. With errGroup the listener is valid too.
// Call Listen before other goroutines create files, because it changes the umask.
func Listen(path string, admins int) (net.Listener, error) {
	if err := mayReplace(path); err != nil {
		return nil, err
	}
	own := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.Remove(own); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	before := syscall.Umask(mask)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: own, Net: "unix"})
	syscall.Umask(before)
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	groupErr := giveToGroup(own, admins)
	if err := os.Rename(own, path); err != nil {
		return nil, errors.Join(err, l.Close(), os.Remove(own))
	}
	return l, groupErr
}

// giveToGroup changes the group of the socket.
func giveToGroup(path string, admins int) error {
	if admins < 0 {
		return nil
	}
	if err := os.Lchown(path, -1, admins); err != nil {
		return fmt.Errorf("%w: %w", errGroup, err)
	}
	return nil
}

// mayReplace returns an error if path is anything but a socket that no process accepts
// connections from.
func mayReplace(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != os.ModeSocket {
		return fmt.Errorf("%s exists and is no socket", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil
	}
	if err == nil {
		_ = conn.Close() // Nothing was sent on it.
	}
	return fmt.Errorf("%s: %w", path, errInUse)
}
