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
	file  *os.File      // a duplicate of it, for other processes
	ended chan struct{} // closed when nothing more will be heard
	busy  atomic.Bool
	quiet atomic.Bool // its end is no news

	attached   bool                // another process has started it
	credential *syscall.Credential // of the process, nil for this one's
}

// New returns a helper that command will be, with the socket as Descriptor;
// Start, or else the first Tell, starts it. What fails is told to failed, from
// several goroutines at once; with ErrGone and ErrDied no login is meant. The caller closes
// the helper.
func New(command *exec.Cmd, failed func(Login, error)) *Helper {
	return &Helper{command: command, failed: failed, ended: make(chan struct{})}
}

// Attach returns the helper that another process has started and whose File this
// process was given, which belongs to it from now on: Tell works, and what fails
// is told to whoever started it. The caller closes it.
func Attach(file *os.File, failed func(Login, error)) (*Helper, error) {
	defer file.Close() // The connection has a duplicate.
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("helper for login hooks: %w", err)
	}
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(errors.New("helper for login hooks: no socket"), conn.Close())
	}
	h := &Helper{failed: failed, conn: unixConn, attached: true}
	h.once.Do(func() {}) // It has been started.
	return h, nil
}

// File returns the socket for other processes, which Attach it; nil if the
// helper has not been started. The Helper closes it.
func (h *Helper) File() *os.File {
	if h == nil {
		return nil
	}
	return h.file
}

// As gives the process other ids than this one has; nil leaves them. It has an
// effect before Start.
func (h *Helper) As(ids *syscall.Credential) {
	if h != nil {
		h.credential = ids
	}
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
	defer theirs.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		return errors.Join(err, ours.Close())
	}
	h.conn, h.file = conn.(*net.UnixConn), ours
	h.command.Dir = "/"
	h.command.ExtraFiles = []*os.File{theirs}
	h.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: h.credential}
	if err := h.command.Start(); err != nil {
		return errors.Join(err, h.conn.Close(), h.file.Close())
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
		l, said, err := unpack(packet[:n])
		switch {
		case err != nil: // The helper sends no such packet.
		case l == Login{}:
			h.failed(l, fmt.Errorf("%w: %s", ErrDied, said))
		default:
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

// Finish says that no more logins follow, and closes the way to tell of any.
// What fails of those that were told is still heard, until Close.
func (h *Helper) Finish() {
	if h == nil {
		return
	}
	h.quiet.Store(true)
	h.once.Do(func() { h.err = ErrGone }) // One that was not started will not be.
	switch {
	case h.err != nil:
	case h.attached:
		_ = h.conn.Close() // Others may go on with it.
	default:
		_ = h.conn.CloseWrite() // It fails if the helper has gone.
	}
}

// Close lets the helper end and waits for it, and for the programs that it has
// at work, at most for the time given. Of those that are left it tells nobody.
func (h *Helper) Close(wait time.Duration) {
	h.Finish()
	if h == nil || h.err != nil || h.attached {
		return
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-h.ended:
	case <-t.C:
	}
	_ = errors.Join(h.conn.Close(), h.file.Close()) // Nothing is written any more.
}
