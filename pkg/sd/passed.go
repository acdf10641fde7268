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

// passed returns how many descriptors were passed to the process self,
// according to the values of LISTEN_PID and LISTEN_FDS. Values for another
// process have been inherited and mean nothing.
//
// This is checked before activation.Files reads the same: it would make a File
// of any descriptor that is announced, also of a closed one, whose File then
// closes whatever gets that number later.
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
		return 0, fmt.Errorf("LISTEN_FDS: %d is no number of descriptors", n)
	}
	return n, nil
}

// unsetListen unsets all that sd_listen_fds(3) reads, so that no child takes
// it for its own. LISTEN_PIDFDID came with systemd 258.
func unsetListen() {
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"} {
		_ = os.Unsetenv(name) // It has no error on Linux.
	}
}
