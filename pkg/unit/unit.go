// Package unit reads the units of the service as systemd has them, with their drop-ins:
// their settings, and the credentials that systemd passes to the service. It also runs
// programs in temporary units.
package unit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// The units that serve.
const (
	daemon  = "tpops.service"
	Session = "tpops-inetd@.service" // if SessionSocket is enabled
)

// sessionSocket starts the unit Session for each connection.
const sessionSocket = "tpops-inetd.socket"

// folder has the units that exist until the next boot.
const folder = "/run/systemd/system"

// IsInstalled reports whether systemd runs and has the service.
func IsInstalled(ctx context.Context) bool {
	if _, err := os.Stat(folder); err != nil {
		return false
	}
	state, err := Systemctl(ctx, "show", "--property=LoadState", "--value", daemon)
	return err == nil && strings.TrimSpace(state) == "loaded"
}

// Serving returns the unit that serves: Session if its socket is enabled, otherwise
// daemon.
func Serving(ctx context.Context) string {
	if _, err := Systemctl(ctx, "is-enabled", "--quiet", sessionSocket); err == nil {
		return Session
	}
	return daemon
}

// Systemctl runs systemctl and returns its output. An error contains its standard
// error.
func Systemctl(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "systemctl", args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("systemctl %s: %w %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}

// statuses explains exit statuses of systemd(1). What the process that fails logs about
// them may have no unit in the journal, since the process has exited by then.
var statuses = [...]struct{ status, meaning string }{
	{"status=216/GROUP", "systemd cannot set the group or the supplementary groups of the unit: one of them does not exist"},
	{"status=217/USER", "systemd cannot set the user of the unit: it does not exist"},
	{"status=243/CREDENTIALS", "systemd cannot read a credential of the unit: a file in LoadCredential= is missing, or not decrypted"},
}

// explain adds the meaning of statuses to lines of the journal.
func explain(lines string) string {
	all := lines
	for _, s := range statuses {
		if strings.Contains(lines, s.status) {
			all += "\n" + s.meaning
		}
	}
	return all
}

// startProblem returns what the journal has about a unit that systemd could not run,
// for example because a group does not exist.
func startProblem(ctx context.Context, unit string) error {
	_ = exec.CommandContext(ctx, "journalctl", "--sync").Run() // Without it the journal may only be late.
	lines, err := exec.CommandContext(ctx, "journalctl", "--quiet", "--no-pager", "--output=cat", "--unit="+unit).Output()
	if err != nil {
		return fmt.Errorf("journalctl: %w", err)
	}
	return errors.New(explain(strings.TrimSpace(string(lines))))
}
