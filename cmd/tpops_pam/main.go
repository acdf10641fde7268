// Tpops_pam asks PAM for tpops(8), which starts it. It is of no use to users.
//
// It drops the capabilities that it was started with. Then it starts itself again for
// each request.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"

	"tpops/pkg/confine"
	"tpops/pkg/pam"
)

// name is the name of the processes of this program, also in logs.
const name = "tpops_pam"

// self is this program, even if its file has been replaced.
const self = "/proc/self/exe"

// The first argument.
const (
	serveMode = "serve" // read requests from standard input until its end
	askMode   = "ask"   // read one request from standard input
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	// Otherwise the name would be that of the link: exe.
	if err := os.WriteFile("/proc/self/comm", []byte(name), 0); err != nil {
		return err
	}
	if err := confine.NoCoreDumps(); err != nil {
		return err
	}
	switch {
	case unavailable != "":
		return pam.Refuse(os.Stdout, unavailable)
	case len(args) == 0:
		return begin()
	case args[0] == serveMode:
		return pam.Serve(os.Stdin, os.Stdout, func(ctx context.Context) *exec.Cmd {
			cmd := exec.CommandContext(ctx, self, askMode)
			cmd.Args[0] = name
			return cmd
		})
	case args[0] == askMode:
		return pam.RunUntilSIGTERM(answer)
	}
	return fmt.Errorf("unknown argument %q", args[0])
}

// begin drops all capabilities, unless it runs as root, and executes the program
// again: only so are those of all threads dropped for certain.
func begin() error {
	runtime.LockOSThread()
	if os.Geteuid() != 0 {
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&header, &none[0]); err != nil {
			return fmt.Errorf("drop capabilities: %w", err)
		}
	}
	return unix.Exec(self, []string{name, serveMode}, os.Environ())
}

// answer replies to the one request of this process.
func answer() error {
	r, err := pam.ReadRequest(os.Stdin)
	if err != nil {
		return fmt.Errorf("read the request: %w", err)
	}
	return pam.WriteAnswer(os.Stdout, ask(r))
}
