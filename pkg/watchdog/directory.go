package watchdog

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Directory returns the directory for the mailbox, and whether only this daemon uses
// it. It is the first of these that the process can write to:
//
//   - RUNTIME_DIRECTORY, which does not depend on free disk space
//   - STATE_DIRECTORY
//   - the directory for temporary files
//
// systemd sets the variables. With several directories, separated by colons, the first
// one counts. getenv is os.Getenv, except in tests.
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
