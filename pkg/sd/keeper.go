package sd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/socketpair"
)

// A keeper is the process that systemd regards as the service, while another one serves:
// its child. systemd accepts messages only from the keeper, which passes on those of the
// child. The child may leave the service, see Release.

// keptPrefix begins NOTIFY_SOCKET in a process that has a keeper. The number of a
// descriptor follows.
const keptPrefix = "fd:"

// listenKept is the value of LISTEN_PID in a process that has a keeper, which does not
// know the process id before it has started the process.
const listenKept = "kept"

// releaseMessage is the message by which the child leaves the service. It is not for
// systemd.
const releaseMessage = "TPOPS_RELEASE=1\n"

// keeper is the connection of a child to its keeper.
type keeper struct {
	conn     *net.UnixConn
	gone     chan struct{} // closed when the keeper has ended
	released atomic.Bool
}

// newKept returns the Notifier of a process that has a keeper.
func newKept(fd, usec string) (*Notifier, error) {
	number, err := strconv.Atoi(fd)
	if err != nil {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	interval, err := watchdogInterval(usec, "", 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(number), "keeper")
	if file == nil {
		return nil, fmt.Errorf("NOTIFY_SOCKET: descriptor %d: %w", number, unix.EBADF)
	}
	unix.CloseOnExec(number)
	conn, err := socketpair.Conn(file)
	if err != nil {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	k := &keeper{conn: conn, gone: make(chan struct{})}
	go k.watch()
	return newNotifier(&Notifier{keeper: k, watchdog: interval}), nil
}

// watch waits for the end of the keeper, which sends nothing.
func (k *keeper) watch() {
	defer close(k.gone)
	for buf := make([]byte, 1); ; {
		if n, err := k.conn.Read(buf); n == 0 || err != nil {
			return
		}
	}
}

// transmit sends a message to the keeper. After Release, or after its end, there is none.
func (k *keeper) transmit(patience time.Duration, state string, files []syscall.Conn) error {
	if k.released.Load() || k.ended() {
		return nil
	}
	return transmit(k.conn, patience, state, files)
}

// ended reports whether the keeper has ended.
func (k *keeper) ended() bool {
	select {
	case <-k.gone:
		return true
	default:
		return false
	}
}

// KeeperGone returns a channel that is closed when the keeper has ended: then the process
// is no longer a part of the service. It is nil without a keeper.
func (n *Notifier) KeeperGone() <-chan struct{} {
	if n == nil || n.keeper == nil {
		return nil
	}
	return n.keeper.gone
}

// Release takes this process out of the service, which ends for systemd: the keeper ends
// with exit code 0, and this process may go on for as long as the unit lets it. Messages are
// dropped from then on. Release returns when the keeper has ended. The error is that there is
// no keeper, that it did not end in time, or that of the system.
func (n *Notifier) Release(ctx context.Context) error {
	if n == nil || n.keeper == nil {
		return errors.New("leave the service: this process has no keeper")
	}
	n.sending.Lock()
	err := n.transmit(releaseMessage) // It must be the only line of its message.
	if err == nil {
		n.keeper.released.Store(true) // before another message finds the keeper gone
	}
	n.sending.Unlock()
	if err != nil {
		return err
	}
	select {
	case <-n.keeper.gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("leave the service: %w", ctx.Err())
	}
}
