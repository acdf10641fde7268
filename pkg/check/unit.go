package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"tpops/pkg/exit"
	"tpops/pkg/unit"
)

// The rights of root do not show what the service can read and write: it has another
// user, other groups and a file system that is mostly read-only. So --check-config
// runs in a temporary unit with the settings of the service.

// IsForUnit reports whether root asks for a check of the installed configuration on a
// machine where systemd has the service.
func IsForUnit(args []string) bool {
	if os.Geteuid() != 0 || !isCheckOfInstalled(args) {
		return false
	}
	return !isStartedBySystemd() && unit.IsInstalled(context.Background())
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
	name := unit.Serving(ctx)
	if name == unit.Session {
		args = append(slices.Clone(args), "--inetd")
	}
	code, ids, err := runWithSettingsOf(ctx, name, args)
	if err != nil {
		return exit.Fail(exit.Config, fmt.Errorf("check as %s: %w", name, err))
	}
	if name != unit.Session { // That unit has no directory of logs.
		warnLogrotate(os.Stderr, logrotatePath, name, ids)
	}
	owner := cmp.Or(ids.User, "root")
	if code == 0 {
		fmt.Printf("Checked with the rights and the sandbox of %s, which runs as the user %s.\n", name, owner)
	} else {
		fmt.Fprintf(os.Stderr, "tpops: %s runs as the user %s: the check had the rights of this user\n", name, owner)
	}
	return code
}

// runWithSettingsOf runs this program with the settings of a unit, copies its output,
// and returns its exit code and its identity. An error means that systemd could not run it.
func runWithSettingsOf(ctx context.Context, name string, args []string) (code int, ids unit.Identity, err error) {
	files, err := unit.Systemctl(ctx, "cat", name)
	if err != nil {
		return 0, ids, err
	}
	folder, err := os.MkdirTemp("/run", "tpops-check-") // For root alone.
	if err != nil {
		return 0, ids, err
	}
	defer os.RemoveAll(folder)
	program, err := os.Executable()
	if err != nil {
		return 0, ids, err
	}
	command := strings.ReplaceAll(strings.Join(append([]string{program}, args...), " "), "%", "%%")
	// A setting such as SetCredential= may contain a secret.
	settings := unit.Settings(files, name)
	temporary, err := unit.NewTemporary("tpops-check-*", unitText(settings, command, folder), 0o600)
	if err != nil {
		return 0, ids, err
	}
	code, err = runUnit(ctx, temporary, folder)
	return code, unit.IdentityIn(settings), errors.Join(err, temporary.Remove(ctx))
}

// runUnit starts the temporary unit, waits for its end, copies what it has written to the
// folder, and returns its exit code.
func runUnit(ctx context.Context, temporary *unit.Temporary, folder string) (int, error) {
	startErr := temporary.Start(ctx)
	code, err := exitCode(ctx, temporary.Name())
	output, outputErr := os.ReadFile(filepath.Join(folder, outputFile))
	problems, errorsErr := os.ReadFile(filepath.Join(folder, errorsFile))
	if err := errors.Join(err, outputErr, errorsErr); err != nil || startErr != nil && len(problems) == 0 {
		return 0, errors.Join(startErr, err, temporary.Problem(ctx))
	}
	_, errorsErr = os.Stderr.Write(problems)
	_, outputErr = os.Stdout.Write(output)
	return code, errors.Join(errorsErr, outputErr)
}

// exitCode returns the exit code of the process of a unit.
func exitCode(ctx context.Context, name string) (int, error) {
	code, err := unit.Systemctl(ctx, "show", "--property=ExecMainStatus", "--value", name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(code))
}
