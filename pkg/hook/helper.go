package hook

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Descriptor is that of the socket in the helper's process.
const Descriptor = 3

// What is told where no single program is at fault.
var (
	// ErrGone means that the helper has ended, or could not be started, and
	// that no programs are started any more.
	ErrGone = errors.New("the helper process has ended")
	// ErrBusy means that more logins wait than may. It is told once, and again
	// only after some were taken.
	ErrBusy = errors.New("too many logins wait; for this one and some that follow no program is started")
)

// Helper is the daemon's side of the process that starts programs. Its methods
// may be called from several goroutines; those of a nil Helper do nothing.
type Helper struct {
	command *exec.Cmd
	failed  func(Login, error)

	once  sync.Once
	err   error // why it could not be started
	conn  *net.UnixConn
	ended chan struct{} // closed when nothing more will be heard
	busy  atomic.Bool
	quiet atomic.Bool // its end is no news
}

// New returns a helper that command will be, with the socket as Descriptor;
// Start, or else the first Tell, starts it. What fails is told to failed, from
// several goroutines at once; with ErrGone no login is meant. The caller closes
// the helper.
func New(command *exec.Cmd, failed func(Login, error)) *Helper {
	return &Helper{command: command, failed: failed, ended: make(chan struct{})}
}

// Start starts the process, unless it has been started. The error is why that
// was not possible; it stays.
func (h *Helper) Start() error {
	if h == nil {
		return nil
	}
	h.once.Do(func() {
		if h.err = h.start(); h.err != nil {
			h.err = fmt.Errorf("start the helper for login hooks: %w", h.err)
			close(h.ended)
		}
	})
	return h.err
}

func (h *Helper) start() error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "login hooks"), os.NewFile(uintptr(pair[1]), "login hooks")
	defer ours.Close()
	defer theirs.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		return err
	}
	h.conn = conn.(*net.UnixConn)
	h.command.Dir = "/"
	h.command.ExtraFiles = []*os.File{theirs}
	h.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := h.command.Start(); err != nil {
		return errors.Join(err, h.conn.Close())
	}
	go func() {
		_ = h.command.Wait() // That it has ended shows at the socket.
	}()
	go h.listen()
	return nil
}

// listen passes on what the helper has to say, to its end.
func (h *Helper) listen() {
	defer close(h.ended)
	packet := make([]byte, maxPacket)
	for {
		n, err := h.conn.Read(packet)
		if err != nil {
			break
		}
		if l, said, err := unpack(packet[:n]); err == nil {
			h.failed(l, errors.New(said))
		}
	}
	if !h.quiet.Swap(true) {
		h.failed(Login{}, ErrGone)
	}
}

// Tell has the program started for a login. It does not wait, and starts the
// helper if nobody has.
func (h *Helper) Tell(l Login) {
	if h == nil {
		return
	}
	if err := h.Start(); err != nil {
		if !h.quiet.Swap(true) {
			h.failed(Login{}, fmt.Errorf("%w: %w", ErrGone, err))
		}
		return
	}
	packet, err := l.pack("")
	if err == nil {
		err = h.send(packet)
	}
	switch {
	case err == nil:
		h.busy.Store(false)
	case errors.Is(err, unix.EAGAIN):
		if !h.busy.Swap(true) {
			h.failed(l, ErrBusy)
		}
	case errors.Is(err, unix.EPIPE), errors.Is(err, unix.ECONNRESET), errors.Is(err, net.ErrClosed):
		// That the helper has gone is told once, by listen.
	default:
		h.failed(l, err)
	}
}

// send sends a packet, or returns EAGAIN if that would have to wait.
func (h *Helper) send(packet []byte) error {
	raw, err := h.conn.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = raw.Control(func(fd uintptr) {
		sent = unix.Sendto(int(fd), packet, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, nil)
	})
	return errors.Join(err, sent)
}

// Close lets the helper end and waits for it, and for the programs that it has
// at work, at most for the time given. Of those that are left it tells nobody.
func (h *Helper) Close(wait time.Duration) {
	if h == nil {
		return
	}
	h.quiet.Store(true)
	h.once.Do(func() { h.err = ErrGone }) // One that was not started will not be.
	if h.err != nil {
		return
	}
	_ = h.conn.CloseWrite() // It fails if the helper has gone.
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-h.ended:
	case <-t.C:
	}
	_ = h.conn.Close() // Nothing is written any more.
}
