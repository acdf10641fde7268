package hook

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// variable is the environment variable of the helper's processes.
const variable = "TPOPS_LOGIN_HOOK"

// The values of variable.
const (
	supervisor = "1" // starts the worker, and restarts it when it fails
	worker     = "2" // starts the programs
)

// self is this program, also after an upgrade has replaced its file.
const self = "/proc/self/exe"

// Errors of Main. ErrRights means that the helper could not give up rights, ErrUsage
// that it was not started by Command.
var (
	ErrRights = errors.New("login-hook: rights not given up")
	ErrUsage  = errors.New("login-hook: invalid arguments")
)

// Command returns the command that starts this program as the helper, for New. Max
// programs run at the same time, each for at most timeout.
func Command(program string, timeout time.Duration, max int) *exec.Cmd {
	return &exec.Cmd{
		Path: self, Env: []string{variable + "=" + supervisor},
		Args: []string{"tpops: login-hook", program, timeout.String(), strconv.Itoa(max)},
	}
}

// IsHelper reports whether this process was started by Command, or is the worker of
// one that was.
func IsHelper() bool { return os.Getenv(variable) != "" }

// Main runs the helper's process. First it calls drop, which gives up the rights that
// the daemon's user does not have. It returns when the daemon has ended. The error is
// ErrUsage, ErrRights, or that of the system.
func Main(drop func() error) error {
	unix.CloseOnExec(descriptor)
	// Only the end of the daemon ends the helper. A service manager signals both, and
	// more logins may follow. Signals are not ignored, because programs would inherit
	// that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	o, err := parseOptions(os.Args)
	if err != nil {
		return err
	}
	if err := drop(); err != nil {
		return fmt.Errorf("%w: %w", ErrRights, err)
	}
	socket := os.NewFile(descriptor, "login hooks")
	if os.Getenv(variable) == supervisor {
		return supervise(socket, workerCommand)
	}
	return serve(socket, o)
}

// parseOptions reads the arguments that Command has set.
func parseOptions(args []string) (options, error) {
	if len(args) != 4 {
		return options{}, ErrUsage
	}
	timeout, err := time.ParseDuration(args[2])
	if err != nil {
		return options{}, ErrUsage
	}
	most, err := strconv.Atoi(args[3])
	if err != nil {
		return options{}, ErrUsage
	}
	return options{program: args[1], timeout: timeout, max: most}, nil
}

// workerCommand returns the process that the supervisor starts. It has the supervisor's
// output.
func workerCommand() *exec.Cmd {
	return &exec.Cmd{
		Path: self, Env: []string{variable + "=" + worker}, Dir: "/",
		Args: append([]string{"tpops: login-hook worker"}, os.Args[1:]...), Stdout: os.Stdout, Stderr: os.Stderr,
	}
}

// CheckProgram returns an error if a program cannot be started, or if other users than
// its owner can change it: they would get the rights of the daemon.
func CheckProgram(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("is not a file")
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("may be changed by others than its owner (its mode is %04o)", info.Mode().Perm())
	}
	if err := unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS); err != nil {
		return fmt.Errorf("cannot be started: %w", err)
	}
	return nil
}
