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

// variable makes this program the helper.
const variable = "TPOPS_LOGIN_HOOK"

// What the helper's process does.
const (
	supervisor = "1" // starts the worker, again and again
	worker     = "2" // starts the programs
)

// self is this program, even after a later version has taken its name.
const self = "/proc/self/exe"

// ErrRights is the error of Main if the helper could not give up rights, and ErrUsage
// that of a helper that Command has not started.
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

// Main is the helper's process. It calls drop first, which gives up the rights that
// the daemon has and its user has not. It returns when the daemon has ended. The
// error is ErrUsage, ErrRights, or that of the system.
func Main(drop func() error) error {
	unix.CloseOnExec(Descriptor)
	// The helper ends with the daemon, as the socket shows: a service manager signals
	// both, and the daemon may have logins to come. Ignored signals would be
	// ignored by the programs too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	o, err := options(os.Args)
	if err != nil {
		return err
	}
	if err := drop(); err != nil {
		return fmt.Errorf("%w: %w", ErrRights, err)
	}
	socket := os.NewFile(Descriptor, "login hooks")
	if os.Getenv(variable) == supervisor {
		return Supervise(socket, workerCommand)
	}
	return Serve(socket, o)
}

// options reads the arguments that Command has set.
func options(args []string) (Options, error) {
	if len(args) != 4 {
		return Options{}, ErrUsage
	}
	timeout, err := time.ParseDuration(args[2])
	if err != nil {
		return Options{}, ErrUsage
	}
	most, err := strconv.Atoi(args[3])
	if err != nil {
		return Options{}, ErrUsage
	}
	return Options{Program: args[1], Timeout: timeout, Max: most}, nil
}

// workerCommand returns the process that the supervisor starts. Its output goes where the
// supervisor's output goes.
func workerCommand() *exec.Cmd {
	return &exec.Cmd{
		Path: self, Env: []string{variable + "=" + worker}, Dir: "/",
		Args: append([]string{"tpops: login-hook worker"}, os.Args[1:]...), Stdout: os.Stdout, Stderr: os.Stderr,
	}
}

// CheckProgram returns why a program cannot or should not be started at each login. A
// user who may change it would get the rights of the daemon.
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
