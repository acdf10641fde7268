package main

import (
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/hook"
	"tpops/pkg/osuser"
)

// serveHook is the helper's process, the supervisor or its worker. It keeps the
// user and the group of the daemon, and if it is not root nothing of what makes
// the daemon more than other users.
func serveHook() int {
	unix.CloseOnExec(hook.Descriptor)
	// It ends with the daemon, as the socket shows: a service manager signals
	// both, and the daemon may have logins to come. Ignored they would be for
	// the programs too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	if len(os.Args) != 4 {
		return exitUsage
	}
	timeout, err := time.ParseDuration(os.Args[2])
	if err != nil {
		return exitUsage
	}
	most, err := strconv.Atoi(os.Args[3])
	if err != nil {
		return exitUsage
	}
	if os.Geteuid() != 0 {
		_ = syscall.Setgroups(nil) // Without the right to it the daemon has no groups that others have not.
		if err := osuser.Become(&osuser.Owner{UID: os.Geteuid(), GID: os.Getegid()}); err != nil {
			return exitRights
		}
	}
	socket := os.NewFile(hook.Descriptor, "login hooks")
	if os.Getenv(hookVariable) == hookSupervisor {
		err = hook.Supervise(socket, newHookWorker)
	} else {
		err = hook.Serve(socket, hook.Options{Program: os.Args[1], Timeout: timeout, Max: most})
	}
	if err != nil {
		return exitSystem
	}
	return 0
}

// newHookWorker returns the process that the supervisor starts. What it prints
// goes where the supervisor's output goes.
func newHookWorker() *exec.Cmd {
	return &exec.Cmd{
		Path: itself, Env: []string{hookVariable + "=" + hookWorker}, Dir: "/",
		Args: append([]string{"tpops: login-hook worker"}, os.Args[1:]...), Stdout: os.Stdout, Stderr: os.Stderr,
	}
}
