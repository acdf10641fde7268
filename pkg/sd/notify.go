package sd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sendTimeout bounds how long a message may wait for a manager that does not
// read.
const sendTimeout = 5 * time.Second

// Notifier tells systemd how the service is (sd_notify(3)). A nil Notifier
// says nothing, and never fails. All methods may be used by several
// goroutines. An error means that the message was not sent; nobody says
// whether systemd obeys one that was.
type Notifier struct {
	to       *net.UnixAddr
	watchdog time.Duration
	patience time.Duration // sendTimeout
	sending  sync.Mutex    // one message after the other, held while sending
	status   status
}

// NewNotifier returns the Notifier for the environment: nil when nobody wants
// to hear (no NOTIFY_SOCKET). It may be called once: what it reads is unset,
// so that no child speaks for the service. An error is that of an environment
// that is not systemd's.
func NewNotifier() (*Notifier, error) {
	socket := os.Getenv("NOTIFY_SOCKET")
	usec, pid := os.Getenv("WATCHDOG_USEC"), os.Getenv("WATCHDOG_PID")
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		_ = os.Unsetenv(name) // It has no error on Linux.
	}
	if socket == "" {
		return nil, nil
	}
	// A path, or '@' and a name in the abstract namespace; net spells them
	// the same way.
	if len(socket) < 2 || socket[0] != '/' && socket[0] != '@' {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %q is no unix socket", socket)
	}
	interval, err := watchdogInterval(usec, pid, os.Getpid())
	if err != nil {
		return nil, err
	}
	n := &Notifier{to: &net.UnixAddr{Name: socket, Net: "unixgram"}, watchdog: interval, patience: sendTimeout}
	n.status.send = func() { _ = n.say("") } // Nobody is there to be told.
	return n, nil
}

// Ready says that the service serves, after its start or after Reloading.
func (n *Notifier) Ready() error { return n.say("READY=1\n") }

// Reloading says that the service reads its configuration again, until Ready.
// It carries the time at which Type=notify-reload looks too.
func (n *Notifier) Reloading() error {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return fmt.Errorf("notify systemd: clock: %w", err)
	}
	return n.say("RELOADING=1\nMONOTONIC_USEC=" + strconv.FormatInt(now.Nano()/1000, 10) + "\n")
}

// Stopping says that the service is about to end.
func (n *Notifier) Stopping() error { return n.say("STOPPING=1\n") }

// Failed says why the service cannot start or go on, for systemctl status: the
// text of err, and the system error in it, if any.
func (n *Notifier) Failed(err error) error {
	if n == nil || err == nil {
		return nil
	}
	n.status.take() // What waits is out of date.
	state := "STATUS=" + oneLine(err.Error()) + "\n"
	var errno syscall.Errno
	if errors.As(err, &errno) {
		state += "ERRNO=" + strconv.Itoa(int(errno)) + "\n"
	}
	return n.say(state)
}

// ExtendTimeout asks for d more from now, at a start, a reload or an end that
// takes longer than its timeout. It may be repeated before d is over. A d of
// less than a microsecond asks for nothing.
func (n *Notifier) ExtendTimeout(d time.Duration) error {
	if d < time.Microsecond {
		return nil
	}
	return n.say("EXTEND_TIMEOUT_USEC=" + strconv.FormatInt(d.Microseconds(), 10) + "\n")
}

// Barrier returns when systemd has worked off all that was sent before, or
// when ctx ends, whose error it then returns. A process that has stored
// descriptors must not end without it, lest systemd no longer knows whose they
// are.
func (n *Notifier) Barrier(ctx context.Context) error {
	if n == nil {
		return nil
	}
	// systemd closes its copy of the writing end when it comes to the message.
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("notify systemd: barrier: %w", err)
	}
	defer r.Close()
	n.sending.Lock()
	err = n.transmit("BARRIER=1", w) // It has to be alone in its message.
	n.sending.Unlock()
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = r.SetReadDeadline(time.Unix(1, 0)) })()
	if _, err := io.Copy(io.Discard, r); err != nil {
		return fmt.Errorf("wait for systemd: %w", errors.Join(ctx.Err(), err))
	}
	return nil
}

// say sends state, lines that end in a newline each, along with a status that
// waits.
func (n *Notifier) say(state string) error {
	if n == nil {
		return nil
	}
	n.sending.Lock()
	defer n.sending.Unlock()
	if state += n.status.take(); state == "" {
		return nil
	}
	return n.transmit(state)
}

// transmit sends a message with descriptors. n.sending must be held.
func (n *Notifier) transmit(state string, files ...syscall.Conn) error {
	// A socket for each message: there are few, and systemd may have a new
	// socket of its own after it was executed anew.
	conn, err := net.DialUnix(n.to.Net, nil, n.to)
	if err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	defer conn.Close()
	if err := conn.SetWriteDeadline(time.Now().Add(n.patience)); err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	err = withDescriptors(files, func(fds []int) error { return sendmsg(conn, state, fds) })
	if err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	return nil
}

// sendmsg sends a datagram with descriptors. UnixConn.WriteMsgUnix refuses a
// connected datagram socket, and one that is not connected cannot wait for a
// full queue.
func sendmsg(conn *net.UnixConn, state string, fds []int) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var rights []byte
	if len(fds) > 0 {
		rights = unix.UnixRights(fds...)
	}
	var sent error
	err = raw.Write(func(fd uintptr) bool {
		sent = unix.Sendmsg(int(fd), []byte(state), rights, nil, unix.MSG_NOSIGNAL)
		return !errors.Is(sent, unix.EAGAIN)
	})
	if err != nil {
		return err // the deadline
	}
	return sent
}
