package watchdog

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Directory returns where the mailbox is made, and whether the directory belongs
// to this daemon alone: below /run if systemd gives the service a directory there,
// because a full disk does not mean that the daemon fails. Of several directories,
// separated by colons, it is the first. With the parameter user a directory may
// belong to the unit's user instead of this one: then the next is tried. getenv is
// os.Getenv, except in tests.
func Directory(getenv func(string) string) (dir string, own bool) {
	for _, name := range []string{"RUNTIME_DIRECTORY", "STATE_DIRECTORY"} {
		dir, _, _ := strings.Cut(getenv(name), ":")
		if dir == "" {
			continue
		}
		if unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS) == nil {
			return dir, true
		}
	}
	return os.TempDir(), false // Other programs use it too.
}
