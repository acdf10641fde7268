// Command gotest runs go test with the arguments given, prints one line for
// each package and the whole output of each test that failed, and exits as go
// test does. It is also the one place that decides which tests may be left
// out: where everything can be run, as root on Debian, none may, and a skipped
// test makes the run fail.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	code, err := run(os.Args[1:], os.Stdout, mayRunAll())
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
	}
	os.Exit(code)
}

// mayRunAll reports whether nothing but its installation can be missing that
// a test needs.
func mayRunAll() bool {
	_, err := os.Stat("/etc/debian_version")
	return err == nil && os.Getuid() == 0
}

// run runs go test -json and returns the exit status.
func run(args []string, out io.Writer, noSkips bool) (int, error) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Env = environment(os.Environ())
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return 1, err
	}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	r := newReport(out)
	readErr := r.readAll(events)
	if err := cmd.Wait(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() > 0 {
			return exit.ExitCode(), nil
		}
		return 1, err
	}
	if readErr != nil {
		return 1, readErr
	}
	if len(r.skipped) > 0 && noSkips {
		return 1, fmt.Errorf("%d skipped, though as root on Debian every test can be run", len(r.skipped))
	}
	return 0, nil
}

// environment adds what programs with the race detector read to what they inherit. By
// default each of them waits for a second when it ends, for races of goroutines that the
// end of the program stops; the tests start thousands. A value that is set already is kept.
func environment(inherited []string) []string {
	return append([]string{"GORACE=atexit_sleep_ms=10"}, inherited...)
}

// readAll takes the events that go test -json prints, one a line. A line that
// is no event, from a test binary that wrote past the test framework, is
// printed as it is.
func (r *report) readAll(events io.Reader) error {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil {
				r.take(e)
			} else {
				r.print(string(line))
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
