package sd

import (
	"os"
	"strconv"
)

// Managed reports whether something like systemd started this process and
// waits for it: to hear that it is ready, or to be served on the sockets that
// were passed. Such a process must stay what it is, and not go into the
// background. Ask before Sockets and NewNotifier, which unset what tells.
func Managed() bool {
	passed := os.Getenv("LISTEN_FDS") != "" && os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid())
	return passed || os.Getenv("NOTIFY_SOCKET") != ""
}
