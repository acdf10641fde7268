package hook

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The process that starts programs is killed twice. It is started again, and no
// waiting login is lost.
func TestSupervise(t *testing.T) {
	program, dir := script(t, `
		mkdir DIR/first || mkdir DIR/second || exec echo x >DIR/out
		exec kill -9 $PPID`)
	out := fifo(t, filepath.Join(dir, "out"))
	h, failures := newHelper(t, program, time.Minute, 1)
	h.command.Env = append(h.command.Env, helperVariable+"=supervise")
	for range 3 {
		h.Tell(alice)
	}
	for range 2 {
		got := <-failures
		if !errors.Is(got.err, ErrDied) || !strings.Contains(got.err.Error(), "signal: killed") || got.login != (Login{}) {
			t.Errorf("got %v of %v", got.err, got.login)
		}
	}
	if _, err := out.Read(make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
	h.Close(time.Minute)
	if len(failures) != 0 {
		t.Errorf("another failure: %v", (<-failures).err)
	}
}

// The helper ends with the daemon, instead of starting the process again.
func TestSuperviseDaemonGone(t *testing.T) {
	program, _ := script(t, "sleep 0.1; exec kill -9 $PPID")
	h, _ := newHelper(t, program, time.Minute, 1)
	h.command.Env = append(h.command.Env, helperVariable+"=supervise")
	h.Tell(alice)
	h.Close(time.Minute)
	select {
	case <-h.ended:
	default:
		t.Error("the helper still runs")
	}
}
