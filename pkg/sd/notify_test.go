package sd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// manager is systemd's end of NOTIFY_SOCKET.
type manager struct {
	t  testing.TB
	fd int
}

// message is what a manager got.
type message struct {
	text  string
	files []*os.File
}

// listenAt returns a manager at a name, which may be abstract.
func listenAt(t testing.TB, name string) *manager {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: name}); err != nil {
		t.Fatal(err)
	}
	return &manager{t, fd}
}

// notifier returns a Notifier and the manager that hears it.
func notifier(t testing.TB) (*Notifier, *manager) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "notify")
	m := listenAt(t, name)
	return newTestNotifier(t, name), m
}

func newTestNotifier(t testing.TB, name string) *Notifier {
	t.Helper()
	t.Setenv("NOTIFY_SOCKET", name)
	n, err := NewNotifier()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// next returns a message that has arrived; false when there is none.
func (m *manager) next() (message, bool) {
	m.t.Helper()
	b := &inbox{socket: m.fd, data: make([]byte, 8192), control: make([]byte, 2048)}
	data, files, err := b.next()
	if errors.Is(err, unix.EAGAIN) {
		return message{}, false
	}
	if err != nil {
		m.t.Fatal(err)
	}
	for _, f := range files {
		m.t.Cleanup(func() { f.Close() })
	}
	return message{string(data), files}, true
}

// name returns the path of the socket.
func (m *manager) name() string {
	m.t.Helper()
	address, err := unix.Getsockname(m.fd)
	if err != nil {
		m.t.Fatal(err)
	}
	return address.(*unix.SockaddrUnix).Name
}

// want fails unless exactly these messages have arrived.
func (m *manager) want(texts ...string) {
	m.t.Helper()
	for _, want := range texts {
		if got, _ := m.next(); got.text != want {
			m.t.Errorf("got %q, want %q", got.text, want)
		}
	}
	if extra, ok := m.next(); ok {
		m.t.Errorf("got %q too", extra.text)
	}
}

func TestNotify(t *testing.T) {
	tests := []struct {
		name string
		say  func(*Notifier) error
		want string
	}{
		{"ready", (*Notifier).Ready, "READY=1\n"},
		{"stopping", (*Notifier).Stopping, "STOPPING=1\n"},
		{"alive", (*Notifier).Alive, "WATCHDOG=1\n"},
		{"more time", func(n *Notifier) error { return n.ExtendTimeout(1500 * time.Millisecond) },
			"EXTEND_TIMEOUT_USEC=1500000\n"},
		{"no more time", func(n *Notifier) error { return n.ExtendTimeout(-time.Second) }, ""},
		{"system error", func(n *Notifier) error {
			return n.Failed(fmt.Errorf("read /etc/shadow: %w", syscall.EACCES))
		}, "STATUS=read /etc/shadow: permission denied\nERRNO=13\n"},
		{"error", func(n *Notifier) error { return n.Failed(errors.New("a\nREADY=1")) }, "STATUS=a READY=1\n"},
		{"no error", func(n *Notifier) error { return n.Failed(nil) }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, m := notifier(t)
			if err := tt.say(n); err != nil {
				t.Fatal(err)
			}
			if tt.want == "" {
				m.want()
			} else {
				m.want(tt.want)
			}
			if err := tt.say(nil); err != nil {
				t.Errorf("without systemd: %v", err)
			}
		})
	}
}

func TestReloading(t *testing.T) {
	n, m := notifier(t)
	var before, after unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &before)
	if err := n.Reloading(); err != nil {
		t.Fatal(err)
	}
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &after)
	got, _ := m.next()
	var usec int64
	if _, err := fmt.Sscanf(got.text, "RELOADING=1\nMONOTONIC_USEC=%d\n", &usec); err != nil {
		t.Fatalf("%q: %v", got.text, err)
	}
	if usec < before.Nano()/1000 || usec > after.Nano()/1000 {
		t.Errorf("%d is not now", usec)
	}
}

func TestNotifyAbstract(t *testing.T) {
	name := fmt.Sprintf("@tpops-sd-test-%d", os.Getpid())
	m := listenAt(t, name)
	if err := newTestNotifier(t, name).Ready(); err != nil {
		t.Fatal(err)
	}
	m.want("READY=1\n")
}

func TestNewNotifier(t *testing.T) {
	self := fmt.Sprint(os.Getpid())
	tests := []struct {
		name, socket, usec, pid string
		interval                time.Duration
		err                     string
	}{
		{"not under systemd", "", "1000000", self, 0, ""},
		{"no watchdog", "/run/notify", "", "", 0, ""},
		{"watchdog", "/run/notify", "30000000", self, 30 * time.Second, ""},
		{"watchdog of whoever", "/run/notify", "30000000", "", 30 * time.Second, ""},
		{"watchdog of another", "/run/notify", "30000000", "1", 0, ""},
		{"machine's socket", "vsock:2:1234", "", "", 0, "not a Unix socket"},
		{"relative", "run/notify", "", "", 0, "not a Unix socket"},
		{"only a sign", "@", "", "", 0, "not a Unix socket"},
		{"interval is none", "/run/notify", "1s", self, 0, "WATCHDOG_USEC"},
		{"interval 0", "/run/notify", "0", self, 0, "WATCHDOG_USEC"},
		{"interval of 300,000 years", "/run/notify", "9223372036854775807", self, 0, "WATCHDOG_USEC"},
		{"process is none", "/run/notify", "1", "x", 0, "WATCHDOG_PID"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("NOTIFY_SOCKET", tt.socket)
			t.Setenv("WATCHDOG_USEC", tt.usec)
			t.Setenv("WATCHDOG_PID", tt.pid)
			n, err := NewNotifier()
			wantError(t, err, tt.err)
			if got := n.Watchdog(); got != tt.interval {
				t.Errorf("interval %v", got)
			}
			if (n == nil) != (tt.socket == "" || tt.err != "") {
				t.Errorf("notifier %v", n)
			}
			for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
				if _, ok := os.LookupEnv(name); ok {
					t.Errorf("%s is still set", name)
				}
			}
		})
	}
}

func TestNotifyNobody(t *testing.T) {
	n := newTestNotifier(t, filepath.Join(t.TempDir(), "nobody"))
	if err := n.Ready(); !errors.Is(err, unix.ENOENT) {
		t.Error(err)
	}
	if err := n.Barrier(t.Context()); !errors.Is(err, unix.ENOENT) {
		t.Error(err)
	}
}

func TestNotifyPathTooLong(t *testing.T) {
	n := newTestNotifier(t, "/"+strings.Repeat("x", 200))
	if err := n.Ready(); err == nil {
		t.Error("no error")
	}
}

// TestNotifyAfterRestart has a manager that came back with another socket.
func TestNotifyAfterRestart(t *testing.T) {
	n, m := notifier(t)
	if err := n.Ready(); err != nil {
		t.Fatal(err)
	}
	m.want("READY=1\n")
	if err := os.Remove(n.to.Name); err != nil {
		t.Fatal(err)
	}
	m = listenAt(t, n.to.Name)
	if err := n.Alive(); err != nil {
		t.Fatal(err)
	}
	m.want("WATCHDOG=1\n")
}

// TestNotifyStuck fills the manager's queue: a message waits, and is sent when
// there is room; with no room it is given up.
func TestNotifyStuck(t *testing.T) {
	n, m := notifier(t)
	filled := stuff(t, n)
	sent := make(chan error)
	go func() { sent <- n.Ready() }()
	if _, ok := m.next(); !ok {
		t.Fatal("the queue is empty")
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	for range filled - 1 {
		m.next()
	}
	m.want("READY=1\n")
}

func TestNotifyGivesUp(t *testing.T) {
	n, _ := notifier(t)
	stuff(t, n)
	n.patience = time.Millisecond
	if err := n.Ready(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

// stuff fills the manager's queue and returns how many messages that took.
func stuff(t *testing.T, n *Notifier) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for i := 0; ; i++ {
		err := unix.Sendto(fd, []byte("x"), 0, &unix.SockaddrUnix{Name: n.to.Name})
		if errors.Is(err, unix.EAGAIN) {
			return i
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestBarrier(t *testing.T) {
	n, m := notifier(t)
	done := make(chan error)
	go func() { done <- n.Barrier(t.Context()) }()
	got := m.wait()
	if got.text != "BARRIER=1" || len(got.files) != 1 {
		t.Errorf("%q with %d files", got.text, len(got.files))
	}
	select {
	case err := <-done:
		t.Fatalf("did not wait: %v", err)
	default:
	}
	for _, f := range got.files {
		f.Close()
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// wait returns the next message, also one that is still to come.
func (m *manager) wait() message {
	m.t.Helper()
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(m.fd), Events: unix.POLLIN}}, 60_000)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EINTR) {
			m.t.Fatal(err)
		}
	}
	got, ok := m.next()
	if !ok {
		m.t.Fatal("no message")
	}
	return got
}

func TestBarrierCancelled(t *testing.T) {
	n, _ := notifier(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- n.Barrier(ctx) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestNilNotifier calls what TestNotify does not.
func TestNilNotifier(t *testing.T) {
	var n *Notifier
	n.Status("x")
	for _, err := range []error{n.Reloading(), n.Barrier(t.Context()), n.Store(""), n.Remove("")} {
		if err != nil {
			t.Error(err)
		}
	}
	if n.Watchdog() != 0 {
		t.Error("a watchdog")
	}
}

// TestNotifyInTurns sends from many goroutines; each message arrives whole.
func TestNotifyInTurns(t *testing.T) {
	n, m := notifier(t)
	const each = 50
	sent := make(chan error)
	for _, say := range []func(*Notifier) error{(*Notifier).Ready, (*Notifier).Alive} {
		go func() {
			for range each {
				n.Status("busy")
				sent <- say(n)
			}
		}()
	}
	go func() {
		for range 2 * each {
			if err := <-sent; err != nil {
				t.Error(err)
			}
		}
		conn, err := net.DialUnix("unixgram", nil, n.to)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "end")
	}()
	for got := m.wait(); got.text != "end"; got = m.wait() {
		line, rest, _ := strings.Cut(got.text, "\n")
		if line != "READY=1" && line != "WATCHDOG=1" && line != "STATUS=busy" || rest != "" && rest != "STATUS=busy\n" {
			t.Errorf("got %q", got.text)
		}
	}
}
