package sd

import (
	"os"
	"strconv"
	"strings"
)

// HasKeeper reports whether a keeper started this process, see Notifier.Keep. Call it before
// NewNotifier.
func HasKeeper() bool { return strings.HasPrefix(os.Getenv("NOTIFY_SOCKET"), keptPrefix) }

// Managed reports whether a service manager like systemd started this process: it passes
// sockets, or waits for the message that the service is ready. Such a process must not go
// into the background. Call Managed before Sockets and NewNotifier, which unset the
// variables that it reads.
func Managed() bool {
	passed := os.Getenv("LISTEN_FDS") != "" && os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid())
	return passed || os.Getenv("NOTIFY_SOCKET") != ""
}
