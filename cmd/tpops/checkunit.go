package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"tpops/pkg/exit"
)

// What root may read and write says little about the service, which has another
// user, other groups and a file system that is mostly read-only. So --check-config
// runs in a unit of its own, with the settings of the service.

// The units whose settings a check takes.
const (
	daemonUnit  = "tpops.service"
	sessionUnit = "tpops-inetd@.service" // if tpops-inetd.socket is enabled
)

// unitFolder is where units live until the next boot.
const unitFolder = "/run/systemd/system"

// isForUnit reports whether root asks for a check of the installed configuration
// on a machine where systemd has the service.
func isForUnit(args []string) bool {
	if os.Geteuid() != 0 || !slices.Contains(args, "--check-config") {
		return false
	}
	if os.Getenv("SYSTEMD_EXEC_PID") == strconv.Itoa(os.Getpid()) {
		return false // This is ExecReload=, or the check itself.
	}
	for _, arg := range args {
		if arg != "--check-config" && arg != "--config=/etc/tpops/tpops.toml" {
			return false
		}
	}
	if _, err := os.Stat(unitFolder); err != nil {
		return false
	}
	state, err := systemctl(context.Background(), "show", "--property=LoadState", "--value", daemonUnit)
	return err == nil && strings.TrimSpace(state) == "loaded"
}

// checkInUnit carries out --check-config with the settings of the service.
func checkInUnit(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	unit := daemonUnit
	if _, err := systemctl(ctx, "is-enabled", "--quiet", "tpops-inetd.socket"); err == nil {
		unit, args = sessionUnit, append(slices.Clone(args), "--inetd")
	}
	code, err := runLike(ctx, unit, args)
	if err != nil {
		return exit.Fail(exit.Config, fmt.Errorf("check as %s: %w", unit, err))
	}
	if code == 0 {
		fmt.Printf("Checked with the user and the rights of %s.\n", unit)
	}
	return code
}

// runLike runs this program with the settings of a unit, prints what it says and
// returns its exit code. An error means that systemd could not run it.
func runLike(ctx context.Context, unit string, args []string) (int, error) {
	like, err := systemctl(ctx, "cat", unit)
	if err != nil {
		return 0, err
	}
	folder, err := os.MkdirTemp("/run", "tpops-check-") // For root alone.
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	name := filepath.Base(folder) + ".service"
	program, err := os.Executable()
	if err != nil {
		return 0, err
	}
	command := strings.ReplaceAll(strings.Join(append([]string{program}, args...), " "), "%", "%%")
	path := filepath.Join(unitFolder, name)
	if err := os.WriteFile(path, []byte(checkUnit(like, command, folder)), 0o644); err != nil {
		return 0, err
	}
	defer os.Remove(path)
	_, runErr := systemctl(ctx, "start", name)
	code, err := exitCode(ctx, name)
	// A failed unit would stay in the list of those that failed.
	defer func() { _, _ = systemctl(context.WithoutCancel(ctx), "reset-failed", name) }()
	printed, outputErr := os.ReadFile(filepath.Join(folder, outputFile))
	complaints, errorsErr := os.ReadFile(filepath.Join(folder, errorsFile))
	if err := errors.Join(err, outputErr, errorsErr); err != nil || runErr != nil && len(complaints) == 0 {
		return 0, errors.Join(runErr, err, whyNot(ctx, name))
	}
	_, errorsErr = os.Stderr.Write(complaints)
	_, outputErr = os.Stdout.Write(printed)
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

// whyNot returns what the journal has about a unit that systemd could not run, such
// as a group that does not exist.
func whyNot(ctx context.Context, unit string) error {
	_ = exec.CommandContext(ctx, "journalctl", "--sync").Run() // The journal may be late, no more.
	lines, err := exec.CommandContext(ctx, "journalctl", "--quiet", "--no-pager", "--output=cat", "--unit="+unit).Output()
	if err != nil {
		return fmt.Errorf("journalctl: %w", err)
	}
	text := strings.TrimSpace(string(lines))
	for status, meaning := range statuses {
		if strings.Contains(text, status) {
			text += "\n" + meaning
		}
	}
	return errors.New(text)
}

// statuses explains exit statuses of systemd(1). What the process that fails writes
// about them can lack its unit in the journal, since it has exited by then.
var statuses = map[string]string{
	"status=216/GROUP": "systemd cannot set the group or the supplementary groups of the unit: one of them does not exist",
	"status=217/USER":  "systemd cannot set the user of the unit: it does not exist",
}

// systemctl runs systemctl and returns its output. An error has what it says.
func systemctl(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "systemctl", args...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("systemctl %s: %w %s", args[0], err, strings.TrimSpace(complaint.String()))
	}
	return string(out), nil
}

// uidOf returns the number of a user, -1 if there is none.
func uidOf(name string) int {
	entry, err := user.Lookup(name)
	if err != nil {
		entry = &user.User{Uid: name}
	}
	uid, err := strconv.Atoi(entry.Uid)
	if err != nil {
		return -1
	}
	return uid
}
