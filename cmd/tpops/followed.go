package main

import (
	"os"
	"strings"
)

// restartMark is where ExecStop= of the unit marks a restart. systemd sends
// SIGTERM only after that command has ended, so the mark is there before the
// signal, however busy the machine is: two signals could arrive in either order.
// The mark lies beside the directory of the service, where only root can write.
func restartMark() string {
	dir, _, _ := strings.Cut(os.Getenv("RUNTIME_DIRECTORY"), ":")
	if dir == "" {
		dir = "/run/tpops"
	}
	return dir + ".restart"
}

// isRestarting reports whether systemd is restarting this run of the service.
// The mark is a symlink, which can be read after the process has confined itself.
// Its target is the id of the run that it is for: an old mark has no effect.
func isRestarting() bool {
	run := os.Getenv("INVOCATION_ID")
	marked, err := os.Readlink(restartMark())
	return err == nil && run != "" && marked == run
}
