package process

import (
	"errors"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A child has timerSlack, or more if this process has more, which keeps its own.
func TestTimerSlack(t *testing.T) {
	runtime.LockOSThread() // Not unlocked: the thread ends with the test.
	usual, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for before, want := range map[int]int{usual: max(usual, int(timerSlack)), 1: int(timerSlack), 2 * int(timerSlack): 2 * int(timerSlack)} {
		if err := setTimerSlack(before); err != nil {
			t.Fatal(err)
		}
		var text []byte
		err := withTimerSlack(func() (err error) {
			text, err = exec.Command("cat", "/proc/self/timerslack_ns").Output()
			return err
		})
		if got := strings.TrimSpace(string(text)); err != nil || got != strconv.Itoa(want) {
			t.Errorf("before %d: the child has %q, %v, want %d", before, got, err, want)
		}
		if after, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0); err != nil || after != before {
			t.Errorf("before %d: afterwards %d, %v", before, after, err)
		}
	}
	failed := errors.New("failed")
	if err := withTimerSlack(func() error { return failed }); err != failed {
		t.Errorf("%v", err)
	}
}
