package process

import (
	"fmt"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// The timers of a child may be late. Those of its parent are as before.
func TestSlack(t *testing.T) {
	runtime.LockOSThread() // so that this thread starts the child
	defer runtime.UnlockOSThread()
	before, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := family{NewPool(), t}
	f.start("slack")
	if e, _ := f.next(Failed); e.Text != fmt.Sprint(slack.Nanoseconds(), nil) {
		t.Errorf("the slack of a child is %s", e.Text)
	}
	f.next(0)
	if after, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0); err != nil || after != before {
		t.Errorf("the slack of the parent is %d instead of %d, %v", after, before, err)
	}
}
