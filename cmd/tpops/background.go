package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// readyVariable tells the background process on which descriptor its parent
// waits to hear that it serves.
const readyVariable = "TPOPS_READY_FD"

func inBackground() bool { return os.Getenv(readyVariable) != "" }

// goBackground starts this program again as a process of its own session and
// waits until it serves, or until it has ended, whose exit code it returns.
func goBackground() int {
	ready, toChild, err := os.Pipe()
	if err != nil {
		return fail(exitSystem, err)
	}
	self, err := os.Executable()
	if err != nil {
		return fail(exitSystem, err)
	}
	child := exec.Command(self, os.Args[1:]...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.ExtraFiles = []*os.File{toChild}
	child.Env = append(os.Environ(), readyVariable+"=3")
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		return fail(exitSystem, err)
	}
	_ = toChild.Close() // Only the child's end is left, so that its end is seen.
	if n, _ := ready.Read(make([]byte, 1)); n == 1 {
		return 0
	}
	if err := child.Wait(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() > 0 {
			return exit.ExitCode()
		}
		return fail(exitSystem, err)
	}
	return fail(exitSystem, errors.New("tpops: the background process ended before it served"))
}

// reportReady tells the parent of a background process that it serves, and
// lets go of the terminal.
func reportReady() error {
	fd, err := strconv.Atoi(os.Getenv(readyVariable))
	if err != nil {
		return nil // This process is not in the background.
	}
	if err := detachStdio(); err != nil {
		return err
	}
	_ = os.Unsetenv(readyVariable) // It has no error on Linux.
	ready := os.NewFile(uintptr(fd), "ready")
	defer ready.Close()
	if _, err := ready.Write([]byte{1}); err != nil {
		return fmt.Errorf("tell the parent process: %w", err)
	}
	return nil
}

// detachStdio puts the null device in the place of standard input, output and
// error.
func detachStdio() error {
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
