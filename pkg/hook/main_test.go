package hook

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// helperVariable makes this test program the helper's process.
const helperVariable = "TPOPS_TEST_HOOK"

// TestMain makes the test program the helper's process, as the daemon does.
func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) == "" {
		os.Exit(m.Run())
	}
	timeout, err := time.ParseDuration(os.Args[2])
	if err != nil {
		panic(err)
	}
	most, err := strconv.Atoi(os.Args[3])
	if err != nil {
		panic(err)
	}
	if os.Getenv(helperVariable) == "supervise" {
		if err := supervise(os.NewFile(descriptor, "socket"), newWorker); err != nil {
			panic(err)
		}
		return
	}
	if err := serve(os.NewFile(descriptor, "socket"), options{os.Args[1], timeout, most}); err != nil {
		panic(err)
	}
}

// failure is a failure that a helper has reported.
type failure struct {
	login Login
	err   error
}

// newHelper returns a helper that starts the program, and its failures.
func newHelper(t *testing.T, program string, timeout time.Duration, most int) (*Helper, chan failure) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, program, timeout.String(), fmt.Sprint(most))
	cmd.Env = append(os.Environ(), helperVariable+"=1", "SECRET=x")
	failures := make(chan failure, 1000)
	h := New(cmd, func(l Login, err error) { failures <- failure{l, err} })
	t.Cleanup(func() { h.Close(time.Minute) })
	return h, failures
}

// newWorker returns the process that the supervisor starts.
func newWorker() *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), helperVariable+"=1")
	return cmd
}
