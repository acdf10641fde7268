package check

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"tpops/pkg/exit"
)

// The rights of root do not show what the service can read and write: it has another
// user, other groups and a file system that is mostly read-only. So --check-config
// runs in a temporary unit with the settings of the service.

// The units whose settings a check takes.
const (
	daemonUnit  = "tpops.service"
	sessionUnit = "tpops-inetd@.service" // if tpops-inetd.socket is enabled
)

// unitFolder has the units that exist until the next boot.
const unitFolder = "/run/systemd/system"

// IsForUnit reports whether root asks for a check of the installed configuration on a
// machine where systemd has the service.
func IsForUnit(args []string) bool {
	if os.Geteuid() != 0 || !isCheckOfInstalled(args) {
		return false
	}
	if os.Getenv("SYSTEMD_EXEC_PID") == strconv.Itoa(os.Getpid()) {
		return false // This is ExecReload=, or the check in the temporary unit.
	}
	if _, err := os.Stat(unitFolder); err != nil {
		return false
	}
	state, err := systemctl(context.Background(), "show", "--property=LoadState", "--value", daemonUnit)
	return err == nil && strings.TrimSpace(state) == "loaded"
}

// isCheckOfInstalled reports whether the options check the installed configuration,
// and nothing else.
func isCheckOfInstalled(args []string) bool {
	for _, arg := range args {
		if arg != "--check-config" && arg != "--config=/etc/tpops/tpops.toml" {
			return false
		}
	}
	return slices.Contains(args, "--check-config")
}

// InUnit carries out --check-config with the settings of the service, and returns the
// exit code.
func InUnit(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	unit := daemonUnit
	if _, err := systemctl(ctx, "is-enabled", "--quiet", "tpops-inetd.socket"); err == nil {
		unit, args = sessionUnit, append(slices.Clone(args), "--inetd")
	}
	code, err := runWithSettingsOf(ctx, unit, args)
	if err != nil {
		return exit.Fail(exit.Config, fmt.Errorf("check as %s: %w", unit, err))
	}
	if code == 0 {
		fmt.Printf("Checked with the user and the rights of %s.\n", unit)
	}
	return code
}

// runWithSettingsOf runs this program with the settings of a unit, copies its output,
// and returns its exit code. An error means that systemd could not run it.
func runWithSettingsOf(ctx context.Context, unit string, args []string) (int, error) {
	settings, err := systemctl(ctx, "cat", unit)
	if err != nil {
		return 0, err
	}
	folder, err := os.MkdirTemp("/run", "tpops-check-") // For root alone.
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	program, err := os.Executable()
	if err != nil {
		return 0, err
	}
	command := strings.ReplaceAll(strings.Join(append([]string{program}, args...), " "), "%", "%%")
	name := filepath.Base(folder) + ".service"
	path := filepath.Join(unitFolder, name)
	if err := os.WriteFile(path, []byte(unitText(settings, command, folder)), 0o644); err != nil {
		return 0, err
	}
	defer os.Remove(path)
	return start(ctx, name, folder)
}

// start starts the temporary unit, waits for its end, copies what it has written to the
// folder, and returns its exit code.
func start(ctx context.Context, name, folder string) (int, error) {
	_, startErr := systemctl(ctx, "start", name)
	code, err := exitCode(ctx, name)
	// A failed unit would stay in the list of failed units.
	defer func() { _, _ = systemctl(context.WithoutCancel(ctx), "reset-failed", name) }()
	output, outputErr := os.ReadFile(filepath.Join(folder, outputFile))
	problems, errorsErr := os.ReadFile(filepath.Join(folder, errorsFile))
	if err := errors.Join(err, outputErr, errorsErr); err != nil || startErr != nil && len(problems) == 0 {
		return 0, errors.Join(startErr, err, startProblem(ctx, name))
	}
	_, errorsErr = os.Stderr.Write(problems)
	_, outputErr = os.Stdout.Write(output)
	return code, errors.Join(errorsErr, outputErr)
}

// exitCode returns the exit code of the process of a unit.
func exitCode(ctx context.Context, unit string) (int, error) {
	code, err := systemctl(ctx, "show", "--property=ExecMainStatus", "--value", unit)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(code))
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

// statuses explains exit statuses of systemd(1). What the process that fails logs about
// them may have no unit in the journal, since the process has exited by then.
var statuses = [...]struct{ status, meaning string }{
	{"status=216/GROUP", "systemd cannot set the group or the supplementary groups of the unit: one of them does not exist"},
	{"status=217/USER", "systemd cannot set the user of the unit: it does not exist"},
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

// systemctl runs systemctl and returns its output. An error contains its standard
// error.
func systemctl(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "systemctl", args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("systemctl %s: %w %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}
