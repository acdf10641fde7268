package daemonize

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain makes the test program the background process of TestStart.
func TestMain(m *testing.M) {
	if !InBackground() {
		os.Exit(m.Run())
	}
	switch os.Args[1] {
	case "serves":
		if err := Ready(); err != nil {
			os.Exit(1)
		}
		// The first process has what it waited for; this one has no terminal now.
		if info, err := os.Stdout.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 || InBackground() {
			os.Exit(2)
		}
	case "fails":
		os.Exit(78)
	case "killed":
		_ = unix.Kill(os.Getpid(), unix.SIGKILL)
		select {}
	}
	os.Exit(0)
}

func TestStart(t *testing.T) {
	tests := []struct {
		what string
		code int
		err  string
	}{
		{"serves", 0, ""},
		{"fails", 78, ""},
		{"killed", 0, "signal: killed"},
		{"ends", 0, "the background process ended before it served"},
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			code, err := start(self, []string{tt.what})
			if got := message(err); code != tt.code || got != tt.err {
				t.Errorf("%d, %q; want %d, %q", code, got, tt.code, tt.err)
			}
		})
	}
	if _, err := start(filepath.Join(t.TempDir(), "missing"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a program that does not exist: %v", err)
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestReadyInForeground(t *testing.T) {
	if err := Ready(); err != nil {
		t.Error(err)
	}
	if InBackground() {
		t.Error("this process is in the background")
	}
}

func TestPIDFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pid")
	f, err := WritePIDFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(name); string(text) != fmt.Sprintln(os.Getpid()) {
		t.Errorf("the file holds %q", text)
	}
	f.Remove()
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}

// A successor has written its own number to the file.
func TestPIDFileOfSuccessor(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pid")
	f, err := WritePIDFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	f.Remove()
	if text, err := os.ReadFile(name); err != nil || string(text) != "1\n" {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

func TestPIDFileNone(t *testing.T) {
	f, err := WritePIDFile("")
	if f != nil || err != nil {
		t.Errorf("%v, %v", f, err)
	}
	f.Remove()
	_, err = WritePIDFile(filepath.Join(t.TempDir(), "missing", "pid"))
	if !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "pid-file: ") {
		t.Errorf("a directory that does not exist: %v", err)
	}
}

// descriptors returns duplicates that the connection may close.
func descriptors(t *testing.T, files ...*os.File) []int {
	t.Helper()
	var all []int
	for _, f := range files {
		fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fd)
	}
	return all
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func TestStdioConnPipes(t *testing.T) {
	theirIn, toConn := pipe(t)
	fromConn, theirOut := pipe(t)
	fds := descriptors(t, theirIn, theirOut)
	conn, err := newConn(fds[0], fds[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read after the deadline: %v", err)
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 8)
	if _, err := toConn.WriteString("QUIT"); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(buffer); err != nil || string(buffer[:n]) != "QUIT" {
		t.Errorf("read %q, %v", buffer[:n], err)
	}
	if _, err := conn.Write([]byte("+OK")); err != nil {
		t.Error(err)
	}
	if n, err := fromConn.Read(buffer); err != nil || string(buffer[:n]) != "+OK" {
		t.Errorf("wrote %q, %v", buffer[:n], err)
	}
	if conn.LocalAddr().String() != "" || conn.RemoteAddr().Network() != "unix" {
		t.Errorf("addresses %v, %v", conn.LocalAddr(), conn.RemoteAddr())
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	flags, err := unix.FcntlInt(theirIn.Fd(), unix.F_GETFL, 0)
	if err != nil || flags&unix.O_NONBLOCK != 0 {
		t.Errorf("standard input is left non-blocking: %#x, %v", flags, err)
	}
}

// A file has no deadlines, and needs none.
func TestStdioConnFiles(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fds := descriptors(t, f, f)
	conn, err := newConn(fds[0], fds[1])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now()); err != nil {
		t.Errorf("a deadline for a file: %v", err)
	}
}
