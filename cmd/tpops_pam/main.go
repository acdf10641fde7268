// Tpops_pam asks PAM for tpops(8), which starts it. Nobody else has a use for
// it.
//
// It gives up the capabilities that it was started with, and then starts itself
// again for each request.
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

// name is under which the processes of this program are seen, in the log too.
const name = "tpops_pam"

// self is this program, even if the file was replaced meanwhile.
const self = "/proc/self/exe"

// What the program does, by its first argument.
const (
	serving = "serve" // requests come from standard input until its end
	asking  = "ask"   // one request comes from there
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	// Else it would be the name of the link that is executed.
	if err := os.WriteFile("/proc/self/comm", []byte(name), 0); err != nil {
		return err
	}
	if err := confine.NoCoreDumps(); err != nil {
		return err
	}
	switch {
	case why != "":
		return pam.Refuse(os.Stdout, why)
	case len(args) == 0:
		return begin()
	case args[0] == serving:
		return pam.Serve(os.Stdin, os.Stdout, func(ctx context.Context) *exec.Cmd {
			cmd := exec.CommandContext(ctx, self, asking)
			cmd.Args[0] = name
			return cmd
		})
	case args[0] == asking:
		return answer()
	}
	return fmt.Errorf("there is no %q", args[0])
}

// begin gives up all capabilities, unless they are root's, and goes on as a new
// program: only so are those of all threads gone for certain.
func begin() error {
	runtime.LockOSThread()
	if os.Geteuid() != 0 {
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&header, &none[0]); err != nil {
			return fmt.Errorf("give up capabilities: %w", err)
		}
	}
	return unix.Exec(self, []string{name, serving}, os.Environ())
}

// answer answers the one request of this process.
func answer() error {
	r, err := pam.ReadRequest(os.Stdin)
	if err != nil {
		return fmt.Errorf("read the request: %w", err)
	}
	return pam.WriteAnswer(os.Stdout, ask(r))
}
