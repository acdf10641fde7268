package workers

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/config"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
	"tpops/pkg/workers/process"
)

// Stop may be called again, in each order. The session ends and Serve returns.
func TestStopTwice(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		for _, order := range [][]How{{Drain, Drain}, {Finish, Drain}, {Drain, Finish}, {Drain, Close}, {Close, Drain}, {WhenIdle, Close}} {
			r := start(t, kind, single(kind)...)
			c := r.dial()
			c.logIn()
			for _, how := range order {
				r.Stop(how, time.Minute)
			}
			line, err := c.in.ReadString('\n')
			isDrained := line == "" && errors.Is(err, io.EOF)
			isClosed := slices.Contains(order, Close) && !errors.Is(err, os.ErrDeadlineExceeded)
			if !isDrained && !isClosed {
				t.Errorf("%v: %q, %v", order, line, err)
			}
			_ = c.Close() // Otherwise the server waits for the client's end.
			r.ended()
		}
	})
}

// A model without clients ends with each kind of Stop.
func TestStopWithoutClients(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		for _, how := range []How{WhenIdle, Finish, Drain, Replace, Close} {
			r := start(t, kind, single(kind)...)
			r.Stop(how, time.Minute)
			r.ended()
			eventually(t, "the end of the listener", func() bool { // Serve may have begun after Stop.
				conn, err := net.Dial("tcp", r.address)
				if err == nil {
					conn.Close()
				}
				return errors.Is(err, unix.ECONNREFUSED)
			})
		}
	})
}

// Calls after the end of Serve return at once.
func TestCallsAfterEnd(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		r := start(t, kind)
		r.Stop(Close, time.Minute)
		r.ended()
		for _, how := range []How{WhenIdle, Finish, Drain, Replace, Close} {
			r.Stop(how, 0)
		}
		if s := r.Stats(); s.Sessions != 0 || s.Mailboxes != 0 {
			t.Errorf("%+v", s)
		}
		_ = r.Reload(load(t, "--parallel-type="+kind)) // thread accepts it without effect.
	})
}

// Close ends a session that waits for its mailbox.
func TestStopCloseHanging(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		r := start(t, kind)
		c := r.dial()
		c.ask("", "+OK")
		c.ask("USER hang", "+OK")
		if _, err := c.Write([]byte("PASS x\r\n")); err != nil {
			t.Fatal(err)
		}
		r.Stop(Close, time.Minute)
		r.ended()
		if kind != "thread" && len(r.children()) != 0 {
			t.Errorf("children %v", r.children())
		}
	})
}

// A stopped child does not obey: it is killed when the time of Close is over.
func TestStopCloseStopped(t *testing.T) {
	eachParent(t, func(t *testing.T, kind string) {
		r := start(t, kind, single(kind)...)
		c := r.dial()
		c.logIn()
		for _, pid := range r.children() {
			if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
				t.Fatal(err)
			}
		}
		r.Stop(Close, 100*time.Millisecond)
		r.ended()
		c.closed("")
	})
}

// While the result of an accept is pending, the end of the last child does not end
// Serve: a client may have been accepted.
func TestStopWaitsForAccept(t *testing.T) {
	f := newModel(t, load(t, "--parallel-type=fork"), slog.New(slog.DiscardHandler)).(*fork)
	if err := f.Open(nil); err != nil {
		t.Fatal(err)
	}
	f.waiting = true
	f.end(process.Shutdown, 0)
	f.stopIfDone()
	select {
	case <-f.stopped:
		t.Fatal("stopped with a pending accept")
	default:
	}
	f.admitConn(process.Input{Woken: true})
	<-f.stopped
}

// Failures of accept are logged with the wait, and fork does not accept during it.
func TestForkAcceptFails(t *testing.T) {
	log := &logBuffer{}
	f := newModel(t, load(t, "--parallel-type=fork"), slog.New(slog.NewTextHandler(log, nil))).(*fork)
	if err := f.Open(nil); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false} {
		f.waiting = true
		f.admitConn(process.Input{Err: unix.EMFILE})
		if f.waiting != want {
			t.Errorf("failure %d: an accept waits: %v", i, f.waiting)
		}
		if want {
			<-f.wanted
		}
	}
	if got := log.String(); !strings.Contains(got, "accept failed") || !strings.Contains(got, "wait=1s") {
		t.Errorf("log:\n%s", got)
	}
}

// After idleTime WhenIdle gives up, and children are started again.
func TestWhenIdleGivesUp(t *testing.T) {
	m := newModel(t, load(t, "--parallel-type=prefork"), slog.New(slog.DiscardHandler)).(*parent)
	filled := 0
	m.fill = func() { filled++ }
	now := time.Now()
	m.accepting = func() bool { return true } // as if a child did not end
	m.stopWhenIdle(now)
	m.stopWhenIdle(now.Add(time.Second)) // A second call does not extend the time.
	m.fillOrEnd(now.Add(idleTime))
	if filled != 0 {
		t.Errorf("%d times filled too early", filled)
	}
	m.fillOrEnd(now.Add(idleTime + 1))
	if filled != 1 || !m.idleSince.IsZero() {
		t.Errorf("%d times filled, idle since %v", filled, m.idleSince)
	}
}

// newNotifier returns a notifier, and the socket at which systemd gets its messages.
func newNotifier(t *testing.T) (*sd.Notifier, *net.UnixConn) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	if err := socket.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", name)
	t.Setenv("WATCHDOG_USEC", "30000000")
	notifier, err := sd.NewNotifier()
	if err != nil {
		t.Fatal(err)
	}
	return notifier, socket
}

// A parent sends three pings per watchdog interval, if it can serve.
func TestReportAlive(t *testing.T) {
	notifier, socket := newNotifier(t)
	m := newModelWith(t, load(t, "--parallel-type=prefork"), slog.New(slog.DiscardHandler), func(p *Parent) { p.Notifier = notifier }).(*parent)
	m.reportAlive(time.Now()) // There is no child.
	m.accepted = make(chan process.Input)
	now := time.Now()
	for _, after := range []time.Duration{0, 9, 10, 11, 19, 20} {
		m.reportAlive(now.Add(after * time.Second))
	}
	for range 3 {
		buffer := make([]byte, 100)
		if n, err := socket.Read(buffer); err != nil || string(buffer[:n]) != "WATCHDOG=1\n" {
			t.Errorf("%q, %v", buffer[:n], err)
		}
	}
	if more := pending(t, socket); more != "" {
		t.Errorf("another message: %q", more)
	}
}

// pending returns the message that waits in a socket, or nothing. A read with a deadline
// that is over would not look.
func pending(t *testing.T, socket *net.UnixConn) string {
	t.Helper()
	raw, err := socket.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	buffer, n := make([]byte, 1000), 0
	var received error
	if err := raw.Control(func(fd uintptr) { n, _, received = unix.Recvfrom(int(fd), buffer, unix.MSG_DONTWAIT) }); err != nil {
		t.Fatal(err)
	}
	if errors.Is(received, unix.EAGAIN) {
		return ""
	}
	if received != nil {
		t.Fatal(received)
	}
	return string(buffer[:n])
}

// Serve of thread does not return before systemd has the sessions of a Replace, even after
// a Finish, which is done when the sessions are suspended.
func TestReplaceThenFinish(t *testing.T) {
	notifier, socket := newNotifier(t)
	r := startWith(t, "thread", func(p *Parent) { p.Service.Notifier = notifier })
	c := r.dial()
	c.ask("", "+OK")
	r.Stop(Replace, time.Minute)
	closeReceived(t, readMessage(t, socket, "FDSTORE=1"))
	r.Stop(Finish, 0)
	barrier := readMessage(t, socket, "BARRIER=1")
	select {
	case err := <-r.served:
		t.Fatalf("Serve has returned before the barrier: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	closeReceived(t, barrier)
	r.ended()
}

// readMessage reads a message to systemd that begins with want, and returns its control
// message.
func readMessage(t *testing.T, socket *net.UnixConn, want string) []byte {
	t.Helper()
	data, control := make([]byte, 1000), make([]byte, 1000)
	n, oobn, _, _, err := socket.ReadMsgUnix(data, control)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(data[:n]), want) {
		t.Fatalf("%q, want %s", data[:n], want)
	}
	return control[:oobn]
}

// closeReceived closes the descriptors of a message.
func closeReceived(t *testing.T, control []byte) {
	t.Helper()
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		t.Fatal(err)
	}
	for _, message := range messages {
		fds, err := unix.ParseUnixRights(&message)
		if err != nil {
			t.Fatal(err)
		}
		for _, fd := range fds {
			_ = unix.Close(fd)
		}
	}
}

// Serve of thread returns the error of a listener.
func TestThreadListenerFails(t *testing.T) {
	r := start(t, "thread")
	if err := r.Model.(*thread).listeners[0].Socket.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-r.served:
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("Serve does not return")
	}
}

// An error of Open of thread is returned unchanged.
func TestThreadOpenFails(t *testing.T) {
	want := errors.New("no such user")
	m := NewThread(Thread{
		Environment: Environment{Config: load(t)},
		Open:        func() (*pop3.Backend, error) { return nil, want },
		Reload:      func(*config.Config) (*pop3.Backend, error) { return nil, want },
	})
	if err := m.Open(nil); !errors.Is(err, want) {
		t.Errorf("%v", err)
	}
	if err := m.Reload(load(t)); !errors.Is(err, want) {
		t.Errorf("%v", err)
	}
}
