package pop3_test

import (
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// sockets returns two ends that the kernel connects.
func sockets(t *testing.T) (ours, theirs *net.UnixConn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends []*net.UnixConn
	for _, fd := range fds {
		file := os.NewFile(uintptr(fd), "socket")
		conn, err := net.FileConn(file)
		if err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
		t.Cleanup(func() { _ = conn.Close() })
		ends = append(ends, conn.(*net.UnixConn))
	}
	return ends[0], ends[1]
}

// A client that has gone, or closed its sending side alone, ends a delay of a
// login at once, with all that it sent ahead. It gets no answer, and the
// password is not checked.
func TestGoneInDelay(t *testing.T) {
	leave := map[string]func(*net.UnixConn) error{"closed": (*net.UnixConn).Close, "half closed": (*net.UnixConn).CloseWrite}
	for name, leave := range leave {
		for _, password := range []string{"tanstaaf", "wrong"} {
			t.Run(name+" "+password, func(t *testing.T) { goneInDelay(t, leave, password) })
		}
	}
}

func goneInDelay(t *testing.T, leave func(*net.UnixConn) error, password string) {
	tr := newTranscript(t)
	tr.backend.ErrorInterval = 50 * time.Minute
	if password != "wrong" {
		tr.guarded().delay = 50 * time.Minute
	}
	var told *pop3.Summary
	s := pop3.NewServer(tr.backend, 1, nil, func(sum *pop3.Summary) { told = sum })
	ours, theirs := sockets(t)
	done := make(chan error)
	go func() { done <- s.ServeConn(theirs, pop3.Port{}, nil) }()
	if _, err := io.WriteString(ours, "USER mrose\r\nPASS "+password+"\r\nQUIT\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := leave(ours); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(ours); err == nil && strings.Contains(string(text), "mrose has") || strings.Contains(string(text), "-ERR") {
		t.Errorf("the client got %q", text)
	}
	if told.LoggedIn || password != "wrong" && slices.Contains(tr.guarded().calls, "end mrose") {
		t.Error("the password was checked")
	}
}

// A client that only waits, with commands sent ahead, is not taken for gone.
func TestPipelinedInDelay(t *testing.T) {
	tr := newTranscript(t)
	tr.guarded().delay = 300 * time.Millisecond
	ours, theirs := sockets(t)
	s := pop3.NewServer(tr.backend, 1, nil, nil)
	done := make(chan error)
	go func() { done <- s.ServeConn(theirs, pop3.Port{}, nil) }()
	if _, err := io.WriteString(ours, "USER mrose\r\nPASS tanstaaf\r\nQUIT\r\n"); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(ours)
	if err != nil || !strings.HasSuffix(string(text), "+OK mrose has 0 messages (0 octets)\r\n+OK server signing off\r\n") {
		t.Errorf("%q, %v", text, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
