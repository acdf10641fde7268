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

// Options is how a helper starts programs.
type Options struct {
	Program string        // absolute path
	Timeout time.Duration // how long one may take
	Max     int           // how many may run at once
}

// reportTime is how long the daemon may take to hear of a failure.
const reportTime = time.Second

// Serve is the helper's process: it starts a program for each login that comes
// over the socket, until the daemon has closed it or has ended. Programs at work
// then have the time of Timeout to end, with those that waited, and are killed.
// The error is that socket is none.
func Serve(socket *os.File, o Options) error {
	conn, err := net.FileConn(socket)
	if err == nil {
		err = socket.Close() // The connection has a descriptor of its own, which programs do not get.
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
		time.AfterFunc(o.Timeout, func() {
			cancel()
			_ = conn.SetReadDeadline(time.Unix(1, 0)) // It is open: Serve has not returned.
		})
	}()
	var workers sync.WaitGroup
	for range o.Max {
		workers.Go(func() { o.work(ctx, conn) })
	}
	workers.Wait()
	return nil
}

// duplicate returns a descriptor of the connection that stays open, and leaves
// the connection as it is (File.Fd would make it block).
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

// awaitHangup returns when the other end of a socket writes no more, and
// closes its descriptor.
func awaitHangup(fd int) {
	defer unix.Close(fd)
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
	for {
		if _, err := unix.Poll(poll, -1); !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// work takes logins from the socket, one after the other, as others do at the
// same time.
func (o *Options) work(ctx context.Context, conn net.Conn) {
	packet := make([]byte, maxPacket)
	for ctx.Err() == nil {
		n, err := conn.Read(packet)
		if err != nil {
			return
		}
		l, _, err := unpack(packet[:n])
		if err != nil {
			continue // The daemon sends no such packet.
		}
		if err := o.run(ctx, &l); err != nil {
			report(conn, &l, err)
		}
	}
}

// report tells the daemon of a failure, if it is there to hear it.
func report(conn net.Conn, l *Login, err error) {
	packet, err := l.pack(err.Error())
	if err != nil {
		return
	}
	_ = conn.SetWriteDeadline(time.Now().Add(reportTime)) // It shows at the write.
	_, _ = conn.Write(packet)                             // Whom else to tell?
}
