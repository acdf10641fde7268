package check

import (
	"log/slog"
	"strings"
	"syscall"
	"testing"
)

// TestProblemsOfPipe checks that a log file which the daemon does not accept is a problem,
// and that the check does not wait for a reader of a pipe.
func TestProblemsOfPipe(t *testing.T) {
	folder, content := files(t, "ann:{PLAIN}x::::/home/ann::\n")
	if err := syscall.Mkfifo(folder+"/access", 0o600); err != nil {
		t.Fatal(err)
	}
	c, source := loadFrom(t, content+"access-log = \""+folder+"/access\"\n")
	reader, err := syscall.Open(folder+"/access", syscall.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // with a reader, and without one
		got := problems(c, source, slog.New(slog.DiscardHandler))
		if len(got) != 1 || !strings.Contains(got[0].Error(), "access-log") {
			t.Errorf("%v", got)
		}
		_ = syscall.Close(reader)
	}
}
