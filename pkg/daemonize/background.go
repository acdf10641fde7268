package daemonize

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Variable is the environment variable in which a background process finds the
// descriptor on which the first process waits. Other programs and processes that
// it starts must not inherit it.
const Variable = "TPOPS_READY_FD"

// InBackground reports whether Start has started this process.
func InBackground() bool { return os.Getenv(Variable) != "" }

// Start starts this program again in the background, with the same arguments,
// and waits until it calls Ready or ends. It returns 0 after Ready, else the exit
// code of the background process. The error is that of the system, or that the
// background process was killed or ended without serving.
func Start() (code int, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	return start(self, os.Args[1:])
}

func start(program string, args []string) (code int, err error) {
	ready, theirs, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer ready.Close()
	background := exec.Command(program, args...)
	background.Stdout, background.Stderr = os.Stdout, os.Stderr
	background.ExtraFiles = []*os.File{theirs}
	background.Env = append(os.Environ(), Variable+"=3")
	background.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = background.Start()
	_ = theirs.Close() // With only the other process's copy open, its end can be noticed.
	if err != nil {
		return 0, err
	}
	if n, _ := ready.Read(make([]byte, 1)); n == 1 {
		return 0, nil
	}
	if err := background.Wait(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() > 0 {
			return exit.ExitCode(), nil
		}
		return 0, err
	}
	return 0, errors.New("the background process ended before it served")
}

// Ready reports to the first process that this one serves, and detaches from the
// terminal. It does nothing in a process that is not in the background. The error
// is that of the system.
func Ready() error {
	fd, err := strconv.Atoi(os.Getenv(Variable))
	if err != nil {
		return nil // This process is not in the background.
	}
	if err := DetachStdio(); err != nil {
		return err
	}
	_ = os.Unsetenv(Variable) // Unsetenv returns no error on Linux.
	ready := os.NewFile(uintptr(fd), "ready")
	defer ready.Close()
	if _, err := ready.Write([]byte{1}); err != nil {
		return fmt.Errorf("report to the first process: %w", err)
	}
	return nil
}

// DetachStdio replaces standard input, output and error with the null device. The
// error is that of the system.
func DetachStdio() error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	for fd := range 3 {
		if err := unix.Dup3(int(null.Fd()), fd, 0); err != nil {
			return fmt.Errorf("detach from the terminal: %w", err)
		}
	}
	return nil
}
