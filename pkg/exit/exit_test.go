package exit

import (
	"errors"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// captureStderr returns what f writes to standard error.
func captureStderr(t *testing.T, f func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	stderr := os.Stderr
	os.Stderr = w
	defer func() { os.Stderr = stderr }()
	f()
	w.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFailWritesStderr(t *testing.T) {
	var code int
	got := captureStderr(t, func() { code = Fail(Config, errors.Join(errors.New("first"), errors.New("second"))) })
	if code != 78 || got != "tpops: first\nsecond\n" {
		t.Errorf("%d, %q", code, got)
	}
}

func TestFailIf(t *testing.T) {
	var code int
	if got := captureStderr(t, func() { code = FailIf(nil) }); code != 0 || got != "" {
		t.Errorf("without an error: %d, %q", code, got)
	}
	if got := captureStderr(t, func() { code = FailIf(os.ErrClosed) }); code != System || got != "tpops: file already closed\n" {
		t.Errorf("with an error: %d, %q", code, got)
	}
}

// TestIsSameSocket checks how the connection of a client is recognized as standard
// error.
func TestIsSameSocket(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	duplicate, err := unix.FcntlInt(uintptr(pair[0]), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, fd := range []int{pair[0], pair[1], duplicate} {
		defer unix.Close(fd)
	}
	tests := []struct {
		name string
		a, b int
		want bool
	}{
		{"the same socket", pair[0], duplicate, true},
		{"two sockets", pair[0], pair[1], false},
		{"the same file", int(null.Fd()), int(null.Fd()), false},
		{"a closed descriptor", -1, pair[0], false},
	}
	for _, test := range tests {
		if got := isSameSocket(test.a, test.b); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
