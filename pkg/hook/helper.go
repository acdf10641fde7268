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

	"tpops/pkg/socketpair"
)

// descriptor is the descriptor of the socket in the helper's process.
const descriptor = 3

// Errors that do not belong to a single program.
var (
	// ErrGone means that the helper has ended, or could not be started. No program is
	// started any more.
	ErrGone = errors.New("the helper process has ended")
	// errBusy means that too many logins wait. It is reported once, and again only
	// after the helper has read some of them.
	errBusy = errors.New("too many logins wait: no program is started for this login and some of the next ones")
)

// Helper is the daemon's side of the process that starts programs. Several goroutines
// may use it. The methods of a nil Helper do nothing.
type Helper struct {
	command *exec.Cmd
	failed  func(Login, error)

	once  sync.Once
	err   error // why it was not started
	conn  *net.UnixConn
	file  *os.File      // a duplicate of conn, for other processes
	ended chan struct{} // closed after the last report
	busy  atomic.Bool
	quiet atomic.Bool // the end of the helper is expected or was reported

	attached   bool                // another process has started it
	credential *syscall.Credential // of the process, nil for this one's
}

// New returns a helper. Start, or the first Tell, starts it with the command, which
// Command makes. Several goroutines call failed for each failure. With ErrGone and
// ErrDied its Login is empty. The caller closes the helper.
func New(command *exec.Cmd, failed func(Login, error)) *Helper {
	return &Helper{command: command, failed: failed, ended: make(chan struct{})}
}

// Attach returns a helper that another process has started. file is a copy of that
// helper's File; Attach closes it. The other process gets the failures. The caller
// closes the helper. The error is that of a file that is not a socket.
func Attach(file *os.File, failed func(Login, error)) (*Helper, error) {
	conn, err := socketpair.Conn(file)
	if err != nil {
		return nil, fmt.Errorf("helper for login hooks: %w", err)
	}
	h := &Helper{failed: failed, conn: conn, attached: true}
	h.once.Do(func() {}) // The helper runs already.
	return h, nil
}

// File returns the socket for other processes, which call Attach. It is nil if the
// helper has not been started. The Helper closes it.
func (h *Helper) File() *os.File {
	if h == nil {
		return nil
	}
	return h.file
}

// As sets the ids of the helper's process. nil means those of this process. Call As
// before Start.
func (h *Helper) As(ids *syscall.Credential) {
	if h != nil {
		h.credential = ids
	}
}

// Start starts the process, unless it has been started. After an error all later calls
// return the same error.
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
		_ = h.command.Wait() // read notices the end at the socket.
	}()
	go h.read()
	return nil
}

// read passes the failures that the helper reports to failed, until its end.
func (h *Helper) read() {
	defer close(h.ended)
	packet := make([]byte, maxPacket)
	for {
		n, err := h.conn.Read(packet)
		if err != nil {
			break
		}
		l, text, err := unpack(packet[:n])
		switch {
		case err != nil: // The helper never sends an invalid packet.
		case l == Login{}:
			h.failed(l, fmt.Errorf("%w: %s", ErrDied, text))
		default:
			h.failed(l, errors.New(text))
		}
	}
	if !h.quiet.Swap(true) {
		h.failed(Login{}, ErrGone)
	}
}

// Finish closes the sending side of the socket: no more logins follow. Failures of
// earlier logins are still reported, until Close.
func (h *Helper) Finish() {
	if h == nil {
		return
	}
	h.quiet.Store(true)
	h.once.Do(func() { h.err = ErrGone }) // Do not start the helper later.
	switch {
	case h.err != nil:
	case h.attached:
		_ = h.conn.Close() // Other processes may still use the socket.
	default:
		_ = h.conn.CloseWrite() // It fails if the helper has ended.
	}
}

// Close ends the helper. It waits for the helper and for running programs, for at most
// wait. Later failures are not reported.
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
	_ = errors.Join(h.conn.Close(), h.file.Close()) // Nothing more is written.
}
