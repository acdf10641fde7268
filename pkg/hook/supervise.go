package hook

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

// ErrDied means that the process that starts programs has ended by a fault, and
// that another one is started. Logins that wait in the socket are not lost; no
// login is meant.
var ErrDied = errors.New("the helper process has ended and is started again")

// How long is waited before the process is started again: longer each time,
// unless it has lived for as long as the longest wait.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = time.Minute
)

// Supervise starts a process that Serves on the socket, its Descriptor, and
// starts it again when it has ended by a fault. The daemon cannot do that after
// it has confined itself. It returns when the process has ended well, or the
// daemon is gone. The error is that of a socket that is none. It closes the socket.
func Supervise(socket *os.File, worker func() *exec.Cmd) error {
	defer socket.Close()
	wait := firstWait
	for {
		begun := time.Now()
		cmd := worker()
		cmd.ExtraFiles = []*os.File{socket}
		err := cmd.Run()
		if err == nil {
			return nil
		}
		if time.Since(begun) > lastWait {
			wait = firstWait
		}
		if err := tell(socket, fmt.Sprintf("%v; wait %v", err, wait)); err != nil {
			return err
		}
		gone, err := waitHangup(socket, wait)
		if err != nil || gone {
			return err
		}
		wait = min(2*wait, lastWait)
	}
}

// tell tells the daemon of an end, if it is there and listens.
func tell(socket *os.File, text string) error {
	packet, err := (&Login{}).pack(text)
	if err != nil {
		return err
	}
	return control(socket, func(fd int) error {
		_ = unix.Sendto(fd, packet, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, nil) // Whom else to tell?
		return nil
	})
}

// waitHangup waits, and reports whether the daemon writes no more.
func waitHangup(socket *os.File, wait time.Duration) (gone bool, err error) {
	err = control(socket, func(fd int) error {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
		n, err := unix.Poll(poll, int(wait/time.Millisecond))
		gone = n > 0
		if errors.Is(err, unix.EINTR) {
			return nil // The next wait is longer.
		}
		return err
	})
	return gone, err
}

// control calls f with the descriptor of a file, whose mode stays as it is.
func control(file *os.File, f func(fd int) error) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = f(int(fd)) })
	return errors.Join(err, failed)
}
