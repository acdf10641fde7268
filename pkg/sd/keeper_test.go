package sd

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/socketpair"
)

// startRelay returns the Notifier of a child, what its keeper has returned when it has ended,
// and systemd.
func startRelay(t *testing.T) (*Notifier, <-chan bool, *manager) {
	t.Helper()
	t.Setenv("WATCHDOG_USEC", "6000000")
	systemd, m := notifier(t)
	kept, err := systemd.Keep(nil)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := unix.FcntlInt(kept.Files[0].Fd(), unix.F_DUPFD_CLOEXEC, 100) // as exec does
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	for _, variable := range kept.Environment {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, strings.Replace(value, "fd:3", "fd:"+strconv.Itoa(theirs), 1))
	}
	if !HasKeeper() {
		t.Error("the child does not find its keeper")
	}
	child, err := NewNotifier()
	if err != nil {
		t.Fatal(err)
	}
	released := make(chan bool, 1)
	go func() { released <- kept.Relay() }()
	return child, released, m
}

// The messages of a child reach systemd with their descriptors, and its barriers end when
// systemd has handled them.
func TestRelay(t *testing.T) {
	child, released, m := startRelay(t)
	if got := child.Watchdog(); got != 6*time.Second {
		t.Errorf("watchdog %v", got)
	}
	if err := child.Ready(); err != nil {
		t.Fatal(err)
	}
	if got := m.wait(); got.text != "READY=1\n" {
		t.Errorf("systemd got %q", got.text)
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := child.Store("x", file); err != nil {
		t.Fatal(err)
	}
	if got := m.wait(); got.text != "FDSTORE=1\nFDPOLL=0\nFDNAME=x\n" || len(got.files) != 1 {
		t.Errorf("systemd got %q", got.text)
	}
	passed := make(chan error, 1)
	go func() { passed <- child.Barrier(t.Context()) }()
	got := m.wait()
	if got.text != "BARRIER=1" || len(got.files) != 1 || len(passed) != 0 {
		t.Fatalf("systemd got %q, %d barriers passed", got.text, len(passed))
	}
	_ = got.files[0].Close()
	if err := <-passed; err != nil {
		t.Error(err)
	}
	_ = child.keeper.conn.Close()
	if <-released {
		t.Error("a child that has ended was released")
	}
}

// A barrier does not pass after descriptors that systemd did not get, also if the keeper
// collects garbage meanwhile.
func TestRelayLost(t *testing.T) {
	child, _, m := startRelay(t)
	if err := os.Remove(m.name()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second/5)
	defer cancel()
	passed := make(chan error, 1)
	go func() { passed <- errors.Join(child.Store("x", os.Stderr), child.Barrier(ctx)) }()
	for len(passed) == 0 {
		runtime.GC()
	}
	if err := <-passed; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the barrier: %v", err)
	}
}

// The keeper passes on what a Notifier sends, and no message with another field: systemd would
// believe that it comes from the main process of the service.
func TestRelayFields(t *testing.T) {
	child, _, m := startRelay(t)
	send := func(state string) error {
		child.sending.Lock()
		defer child.sending.Unlock()
		return child.transmit(state)
	}
	for _, state := range []string{
		"MAINPID=1\n", "READY=1\nMAINPID=1", "NOTIFYACCESS=all\n", "WATCHDOG_USEC=1\n", "MAINPIDFDID=1\n", "BUSERROR=x\n", "STATUS\n\nREADY=1\n", "=\n",
		"STATUS=x\rMAINPID=1\n", "\rMAINPID=1\n", "STATUS=x\r\nREADY=1\n", "STATUS=x\x00MAINPID=1\n", "STATUS=x\tMAINPID=1\n",
	} {
		if err := send(state); err != nil {
			t.Fatal(err)
		}
	}
	errs := []error{
		child.Ready(), child.Reloading(), child.Stopping(), child.Failed(unix.ENOENT), child.ExtendTimeout(time.Second), child.Alive(),
		child.Store("x", os.Stderr), child.StoreWhileOpen("x", os.Stderr), child.Remove("x"),
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for i := range errs {
		if got := m.wait(); strings.Contains(got.text, "MAINPID") || !isRelayed(got.text) {
			t.Errorf("message %d: %q", i, got.text)
		}
	}
	m.want()
}

// A barrier does not depend on messages without descriptors: one status that is lost must not
// end all sessions at the next restart.
func TestRelayLostStatus(t *testing.T) {
	systemd, m := notifier(t)
	kept, err := systemd.Keep(nil)
	if err != nil {
		t.Fatal(err)
	}
	name := m.name()
	if err := os.Rename(name, name+".away"); err != nil {
		t.Fatal(err)
	}
	for _, lost := range []string{"STATUS=busy\n", "WATCHDOG=1\n", "FDSTOREREMOVE=1\nFDNAME=x\n"} {
		kept.pass(lost, nil)
	}
	if err := os.Rename(name+".away", name); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	kept.pass(barrier, []*os.File{file})
	m.want(barrier)
	if err := file.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the keeper has a copy of the barrier: %v", err)
	}
}

// A barrier that systemd did not get does not pass, and the next one does.
func TestRelayLostBarrier(t *testing.T) {
	systemd, m := notifier(t)
	kept, err := systemd.Keep(nil)
	if err != nil {
		t.Fatal(err)
	}
	var files []*os.File
	for range 2 {
		file, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	name := m.name()
	if err := os.Rename(name, name+".away"); err != nil {
		t.Fatal(err)
	}
	kept.pass(barrier, files[:1])
	if err := os.Rename(name+".away", name); err != nil {
		t.Fatal(err)
	}
	kept.pass(barrier, files[1:])
	m.want(barrier)
	if err := files[1].Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the keeper has a copy of the second barrier: %v", err)
	}
	if err := files[0].Close(); err != nil { // Closed earlier, it would have passed.
		t.Errorf("the barrier that was lost: %v", err)
	}
}

// After Release the keeper has ended, and messages are dropped.
func TestRelease(t *testing.T) {
	child, released, m := startRelay(t)
	if err := child.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !<-released {
		t.Error("the keeper does not know")
	}
	<-child.KeeperGone()
	if err := errors.Join(child.Ready(), child.Store("x", os.Stderr)); err != nil {
		t.Error(err)
	}
	m.want()
}

// A status that waits to be sent does not keep the child in the service.
func TestReleaseWithStatus(t *testing.T) {
	child, released, m := startRelay(t)
	child.status.sent = time.Now() // so that the next one waits
	child.Status("busy")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := child.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if !<-released {
		t.Error("the keeper does not know")
	}
	m.want()
}

// Messages that are sent during Release are no errors.
func TestReleaseWhileSending(t *testing.T) {
	for range 200 {
		ours, theirs, err := socketpair.New("keeper")
		if err != nil {
			t.Fatal(err)
		}
		fd, err := unix.FcntlInt(theirs.Fd(), unix.F_DUPFD_CLOEXEC, 100)
		if err := errors.Join(err, theirs.Close()); err != nil {
			t.Fatal(err)
		}
		child, err := newKept(strconv.Itoa(fd), "")
		if err != nil {
			t.Fatal(err)
		}
		go func() { // the keeper
			defer ours.Close()
			for buf := make([]byte, maxMessage); ; {
				if n, err := ours.Read(buf); err != nil || string(buf[:n]) == releaseMessage {
					return
				}
			}
		}()
		var senders sync.WaitGroup
		for range 4 {
			senders.Go(func() {
				for !child.keeper.ended() {
					if err := child.Alive(); err != nil {
						t.Error(err)
					}
				}
			})
		}
		if err := child.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		senders.Wait()
	}
}

// Only a process with a keeper can be released.
func TestReleaseWithoutKeeper(t *testing.T) {
	n, m := notifier(t)
	if n.Release(t.Context()) == nil || (*Notifier)(nil).Release(t.Context()) == nil || n.KeeperGone() != nil {
		t.Error("released")
	}
	m.want()
}

func TestKeptInvalid(t *testing.T) {
	null, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0) // NewNotifier closes it.
	if err != nil {
		t.Fatal(err)
	}
	for name, fd := range map[string]string{"no number": "x", "closed": "1000000", "no socket": strconv.Itoa(null)} {
		t.Setenv("NOTIFY_SOCKET", "fd:"+fd)
		if n, err := NewNotifier(); err == nil {
			t.Errorf("%s: %v", name, n)
		}
	}
}

// A child gets the sockets of its keeper, under their names.
func TestKeepSockets(t *testing.T) {
	n, _ := notifier(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := n.Keep([]Socket{{Name: "pop3", File: file}, {Name: "guard", File: file}})
	if err != nil {
		t.Fatal(err)
	}
	want := "NOTIFY_SOCKET=fd:5 LISTEN_PID=kept LISTEN_FDS=2 LISTEN_FDNAMES=pop3:guard"
	if got := strings.Join(kept.Environment, " "); got != want || len(kept.Files) != 3 {
		t.Errorf("%s, %d files", got, len(kept.Files))
	}
}
