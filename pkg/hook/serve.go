package hook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// options is how the helper starts programs.
type options struct {
	program string        // absolute path
	timeout time.Duration // of each program
	max     int           // number of programs that run at the same time
}

// reportTime bounds how long a report waits for a daemon that does not read.
const reportTime = time.Second

// serve starts a program for each login that it reads from the socket, until the daemon
// has closed the socket or has ended. Running programs, and the logins that still wait,
// then have the time-out of one program, and are killed after it. The error is that of a
// file that is not a socket.
func serve(socket *os.File, o options) error {
	conn, err := net.FileConn(socket)
	if err == nil {
		err = socket.Close() // The connection has a duplicate, which is close-on-exec.
	}
	if err != nil {
		return fmt.Errorf("serve login hooks: %w", err)
	}
	defer conn.Close()
	watched, err := duplicate(conn)
	if err != nil {
		return fmt.Errorf("serve login hooks: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		awaitHangup(watched)
		time.AfterFunc(o.timeout, func() {
			cancel()
			_ = conn.SetReadDeadline(time.Unix(1, 0)) // It cannot fail: the connection is open until serve returns.
		})
	}()
	var workers sync.WaitGroup
	for range o.max {
		workers.Go(func() { o.work(ctx, conn) })
	}
	workers.Wait()
	return nil
}

// duplicate returns a duplicate of the connection's descriptor. Unlike File.Fd it does
// not make the connection block.
func duplicate(conn net.Conn) (int, error) {
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return 0, errors.New("not a socket")
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0, err
	}
	var fd int
	var failed error
	err = raw.Control(func(original uintptr) {
		fd, failed = unix.FcntlInt(original, unix.F_DUPFD_CLOEXEC, 0)
	})
	return fd, errors.Join(err, failed)
}

// awaitHangup returns when the other end of a socket has closed its sending side, and
// closes the descriptor.
func awaitHangup(fd int) {
	defer unix.Close(fd)
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
	for {
		if _, err := unix.Poll(poll, -1); !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// work runs the program for one login of the socket after the other. Several goroutines
// share a socket.
func (o *options) work(ctx context.Context, conn net.Conn) {
	packet := make([]byte, maxPacket)
	for ctx.Err() == nil {
		n, err := conn.Read(packet)
		if err != nil {
			return
		}
		l, _, err := unpack(packet[:n])
		if err != nil {
			continue // The daemon never sends an invalid packet.
		}
		if err := o.run(ctx, &l); err != nil {
			report(conn, &l, err)
		}
	}
}

// report sends a failure to the daemon.
func report(conn net.Conn, l *Login, err error) {
	packet, err := l.pack(err.Error())
	if err != nil {
		return
	}
	_ = conn.SetWriteDeadline(time.Now().Add(reportTime)) // The write returns the error.
	_, _ = conn.Write(packet)                             // If the daemon has ended, the failure is lost.
}
