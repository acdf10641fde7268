package sd

import (
	"fmt"
	"os"
	"strconv"
)

const (
	firstPassed = 3     // SD_LISTEN_FDS_START of sd_listen_fds(3)
	maxPassed   = 65536 // more than any unit's FileDescriptorStoreMax= and sockets
)

// passed returns the number of descriptors that were passed to the process self, from the
// values of LISTEN_PID and LISTEN_FDS. Values for another process were inherited and have
// no meaning.
//
// The check precedes activation.Files, which makes a File of each announced descriptor,
// even of a closed one. That File would later close another file with the same number.
func passed(pid, fds string, self int) (int, error) {
	if pid == "" {
		return 0, nil
	}
	to, err := strconv.Atoi(pid)
	if err != nil {
		return 0, fmt.Errorf("LISTEN_PID: %w", err)
	}
	if to != self || fds == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(fds)
	if err != nil {
		return 0, fmt.Errorf("LISTEN_FDS: %w", err)
	}
	if n < 1 || n > maxPassed {
		return 0, fmt.Errorf("LISTEN_FDS: %d is not a valid number of descriptors", n)
	}
	return n, nil
}

// unsetListen unsets the variables of sd_listen_fds(3), so that no child uses them.
// LISTEN_PIDFDID exists since systemd 258.
func unsetListen() {
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"} {
		_ = os.Unsetenv(name) // Unsetenv returns no error on Linux.
	}
}
