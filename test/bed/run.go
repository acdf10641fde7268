package bed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// Result is what a program left.
type Result struct {
	Code   int // exit status, -1 if a signal ended it
	Stdout string
	Stderr string
}

// Run runs a program in the machine as root, with all capabilities and outside
// of the machine's cgroups, and returns its standard output. The test fails
// unless its exit status is 0.
func (m *Machine) Run(tb testing.TB, args ...string) string {
	tb.Helper()
	r := m.Output(tb, args...)
	if r.Code != 0 {
		tb.Fatalf("%q: exit status %d\n%s%s", args, r.Code, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// Output runs a program like Run, whatever its exit status. The test fails if
// it cannot be run or does not end within a minute.
func (m *Machine) Output(tb testing.TB, args ...string) Result {
	tb.Helper()
	r, err := m.Try(args...)
	if err != nil {
		tb.Fatalf("%q: %v\n%s%s", args, err, r.Stdout, r.Stderr)
	}
	return r
}

// RunUnit runs a program in a transient service with the properties, as
// NoNewPrivileges=yes, and returns what it left. Besides what they say it has
// the privileges of any service.
func (m *Machine) RunUnit(tb testing.TB, properties []string, args ...string) Result {
	tb.Helper()
	command := []string{"systemd-run", "--wait", "--pipe", "--quiet", "--collect"}
	for _, property := range properties {
		command = append(command, "--property="+property)
	}
	return m.Output(tb, append(append(command, "--"), args...)...)
}

// Shell runs a shell script like Run, with the arguments as $1 and so on.
func (m *Machine) Shell(tb testing.TB, script string, args ...string) string {
	tb.Helper()
	return m.Run(tb, append([]string{"sh", "-euc", script, "sh"}, args...)...)
}

// Host returns a command for a program of this machine in the network of the
// other one, as curl.
func (m *Machine) Host(name string, args ...string) *exec.Cmd {
	cmd := exec.Command("nsenter", append([]string{"--net=/proc/self/fd/3", "--", name}, args...)...)
	cmd.ExtraFiles = append(cmd.ExtraFiles, m.network)
	return cmd
}

// Try runs a program like Output, for other goroutines than the test's. The
// error is why it could not be run, or that it does not end.
func (m *Machine) Try(args ...string) (Result, error) { return m.tryWith(nil, args...) }

// tryWith runs a program in the machine with the standard input.
func (m *Machine) tryWith(in io.Reader, args ...string) (Result, error) {
	// The kernel may have given the number of a process that is gone to another.
	if m.hasEnded() {
		return Result{}, errors.New("the machine is gone")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nsenter",
		append([]string{"--target=" + strconv.Itoa(m.leader), "--all", "--"}, args...)...)
	cmd.Env = []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root", "LANG=C.UTF-8", "TERM=dumb", "DEBIAN_FRONTEND=noninteractive",
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &stdout, &stderr
	cmd.WaitDelay = patience // Thousands of clients in this process may delay the copies of its output.
	err := cmd.Run()
	r := Result{Stdout: stdout.String(), Stderr: stderr.String()}
	if err != nil && ctx.Err() != nil {
		return r, fmt.Errorf("%s: not done within %v", strings.Join(args, " "), patience)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		r.Code = exit.ExitCode()
		return r, nil
	}
	return r, err
}
