package hook

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

// ErrDied means that the process that starts programs has failed, and is started again.
// Logins that wait in the socket are not lost.
var ErrDied = errors.New("the helper process has ended and is started again")

// The waits before the process is started again. Each is twice as long as the one
// before, unless the process has run for longer than lastWait.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = time.Minute
)

// supervise starts a process that calls serve with the socket, and starts it again when
// it has failed. The daemon cannot do that after it has confined itself. supervise
// returns when the process has succeeded or the daemon has ended. It closes the socket.
// The error is that of a file that is not a socket.
func supervise(socket *os.File, worker func() *exec.Cmd) error {
	defer socket.Close()
	wait := firstWait
	for {
		started := time.Now()
		cmd := worker()
		cmd.ExtraFiles = []*os.File{socket}
		err := cmd.Run()
		if err == nil {
			return nil
		}
		if time.Since(started) > lastWait {
			wait = firstWait
		}
		if err := reportEnd(socket, fmt.Sprintf("%v; wait %v", err, wait)); err != nil {
			return err
		}
		ended, err := waitHangup(socket, wait)
		if err != nil || ended {
			return err
		}
		wait = min(2*wait, lastWait)
	}
}

// reportEnd reports the end of the process to the daemon.
func reportEnd(socket *os.File, text string) error {
	packet, err := (&Login{}).pack(text)
	if err != nil {
		return err
	}
	return control(socket, func(fd int) error {
		_ = unix.Sendto(fd, packet, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, nil) // If the daemon does not read, the report is lost.
		return nil
	})
}

// waitHangup waits, and reports whether the daemon has closed its sending side.
func waitHangup(socket *os.File, wait time.Duration) (ended bool, err error) {
	err = control(socket, func(fd int) error {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
		n, err := unix.Poll(poll, int(wait/time.Millisecond))
		ended = n > 0
		if errors.Is(err, unix.EINTR) {
			return nil // A shorter wait does no harm.
		}
		return err
	})
	return ended, err
}

// control calls f with the descriptor of a file, and does not change its mode.
func control(file *os.File, f func(fd int) error) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = f(int(fd)) })
	return errors.Join(err, failed)
}
