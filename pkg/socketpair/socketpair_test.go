package socketpair

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

// A message has a boundary, and the end of one side is noticed at the other.
func TestNew(t *testing.T) {
	ours, file, err := New("pair")
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	if file.Name() != "pair" {
		t.Errorf("name %q", file.Name())
	}
	theirs, err := Conn(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two"} {
		if _, err := theirs.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	buf := make([]byte, 100)
	if n, err := ours.Read(buf); err != nil || string(buf[:n]) != "one" {
		t.Errorf("got %q, %v", buf[:n], err)
	}
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := ours.Read(buf); err != nil || string(buf[:n]) != "two" {
		t.Errorf("got %q, %v", buf[:n], err)
	}
	if n, err := ours.Read(buf); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("got %q, %v", buf[:n], err)
	}
}

// Conn closes a file that it cannot use.
func TestConnOfOther(t *testing.T) {
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	tcp, err := net.DialTCP("tcp", nil, listener.Addr().(*net.TCPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	socket, err := tcp.File()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	for want, file := range map[string]*os.File{"not a Unix socket": socket, "socket operation on non-socket": plain} {
		if conn, err := Conn(file); conn != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, %v, want %s", conn, err, want)
		}
		if err := file.Close(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: the file is open: %v", want, err)
		}
	}
}
