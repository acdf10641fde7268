package sd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sendTimeout bounds how long a message waits for a manager that does not read.
const sendTimeout = 5 * time.Second

// Notifier sends the state of the service to systemd (sd_notify(3)). The methods of a nil
// Notifier do nothing and return no error. Several goroutines may use a Notifier. An error
// means that the message was not sent. systemd does not report whether it has obeyed a
// message.
type Notifier struct {
	to       *net.UnixAddr
	keeper   *keeper // nil without one: messages go to systemd
	watchdog time.Duration
	patience time.Duration // sendTimeout
	sending  sync.Mutex    // one message after the other, held while sending
	status   status
}

// NewNotifier returns the Notifier for the environment, nil without NOTIFY_SOCKET. Call it
// once: it unsets the variables, so that no child sends messages for the service. The
// error is that of invalid variables.
func NewNotifier() (*Notifier, error) {
	socket := os.Getenv("NOTIFY_SOCKET")
	usec, pid := os.Getenv("WATCHDOG_USEC"), os.Getenv("WATCHDOG_PID")
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		_ = os.Unsetenv(name) // Unsetenv returns no error on Linux.
	}
	if socket == "" {
		return nil, nil
	}
	if fd, ok := strings.CutPrefix(socket, keptPrefix); ok {
		return newKept(fd, usec)
	}
	// A path, or '@' and a name in the abstract namespace, as in package net.
	if len(socket) < 2 || socket[0] != '/' && socket[0] != '@' {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %q is not a Unix socket", socket)
	}
	interval, err := watchdogInterval(usec, pid, os.Getpid())
	if err != nil {
		return nil, err
	}
	return newNotifier(&Notifier{to: &net.UnixAddr{Name: socket, Net: "unixgram"}, watchdog: interval}), nil
}

// newNotifier completes a Notifier.
func newNotifier(n *Notifier) *Notifier {
	n.patience = sendTimeout
	n.status.send = func() { _ = n.send("") } // A status that cannot be sent is lost.
	return n
}

// Ready reports that the service serves, after startup or after Reloading.
func (n *Notifier) Ready() error { return n.send("READY=1\n") }

// Reloading reports that the service reads its configuration again, until Ready. The
// message contains the time, which Type=notify-reload requires.
func (n *Notifier) Reloading() error {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return fmt.Errorf("notify systemd: clock: %w", err)
	}
	return n.send("RELOADING=1\nMONOTONIC_USEC=" + strconv.FormatInt(now.Nano()/1000, 10) + "\n")
}

// Stopping reports that the service is about to end.
func (n *Notifier) Stopping() error { return n.send("STOPPING=1\n") }

// Failed reports why the service cannot start or continue, for systemctl status: the text
// of err, and its system error, if any.
func (n *Notifier) Failed(err error) error {
	if n == nil || err == nil {
		return nil
	}
	n.status.take() // A waiting status is outdated.
	state := "STATUS=" + oneLine(err.Error()) + "\n"
	var errno syscall.Errno
	if errors.As(err, &errno) {
		state += "ERRNO=" + strconv.Itoa(int(errno)) + "\n"
	}
	return n.send(state)
}

// ExtendTimeout extends the time-out of startup, reload or stop to d from now. It may be
// called again before d is over. A d of less than a microsecond has no effect.
func (n *Notifier) ExtendTimeout(d time.Duration) error {
	if d < time.Microsecond {
		return nil
	}
	return n.send("EXTEND_TIMEOUT_USEC=" + strconv.FormatInt(d.Microseconds(), 10) + "\n")
}

// Barrier returns when systemd has handled all earlier messages, or when ctx is done; it
// returns the error of ctx then. A process that has stored descriptors must call Barrier
// before it ends: otherwise systemd may not know to which service they belong.
func (n *Notifier) Barrier(ctx context.Context) error {
	if n == nil {
		return nil
	}
	// systemd closes its copy of the writing end when it handles the message.
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("notify systemd: barrier: %w", err)
	}
	defer r.Close()
	n.sending.Lock()
	err = n.transmit(barrier, w) // It must be the only line of its message.
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

// send sends state, which consists of complete lines, together with a waiting status.
func (n *Notifier) send(state string) error {
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
	if n.keeper != nil {
		return n.keeper.transmit(n.patience, state, files)
	}
	// Each message has a socket of its own: systemd may have a new socket after it was
	// executed again.
	conn, err := net.DialUnix(n.to.Net, nil, n.to)
	if err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	defer conn.Close()
	return transmit(conn, n.patience, state, files)
}

// transmit sends a message with descriptors on a connection.
func transmit(conn *net.UnixConn, patience time.Duration, state string, files []syscall.Conn) error {
	if err := conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	err := withDescriptors(files, func(fds []int) error { return sendmsg(conn, state, fds) })
	if err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	return nil
}

// sendmsg sends a datagram with descriptors. UnixConn.WriteMsgUnix does not write to a
// connected datagram socket, and a socket that is not connected cannot wait for a full
// queue.
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
