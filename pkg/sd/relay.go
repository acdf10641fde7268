package sd

import (
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"tpops/pkg/socketpair"
)

// barrier is the message of Barrier.
const barrier = "BARRIER=1"

// maxMessage is the maximum length of a message in bytes, as for systemd.
const maxMessage = 4096

// Kept is what a keeper needs to start its child, and to pass on its messages.
type Kept struct {
	// Files are the descriptors of the child from 3 on.
	Files []*os.File
	// Environment are the variables of the child, besides those of this process.
	Environment []string

	systemd *Notifier
	ours    *net.UnixConn
	lost    bool // a message was not sent
}

// Keep returns what is needed for a child that gets the sockets of this process, and whose
// messages n passes on with Relay. The caller closes Files after it has started the child.
// The error is that of the system.
func (n *Notifier) Keep(sockets []Socket) (*Kept, error) {
	ours, theirs, err := socketpair.New("keeper")
	if err != nil {
		return nil, err
	}
	k := &Kept{systemd: n, ours: ours}
	var names []string
	for i := range sockets {
		names, k.Files = append(names, sockets[i].Name), append(k.Files, sockets[i].File)
	}
	k.Files = append(k.Files, theirs)
	k.Environment = []string{"NOTIFY_SOCKET=" + keptPrefix + strconv.Itoa(firstPassed+len(sockets))}
	if len(sockets) > 0 {
		k.Environment = append(k.Environment, "LISTEN_PID="+listenKept, "LISTEN_FDS="+strconv.Itoa(len(sockets)),
			"LISTEN_FDNAMES="+strings.Join(names, ":"))
	}
	if n.watchdog > 0 {
		k.Environment = append(k.Environment, "WATCHDOG_USEC="+strconv.FormatInt(n.watchdog.Microseconds(), 10))
	}
	return k, nil
}

// Close closes Files, which the child has now. The error is that of the system.
func (k *Kept) Close() error {
	var errs []error
	for _, f := range k.Files {
		errs = append(errs, f.Close())
	}
	k.Files = nil
	return errors.Join(errs...)
}

// Relay passes on the messages of the child. It returns true when the child leaves the
// service, and false when it has ended.
func (k *Kept) Relay() (released bool) {
	defer k.ours.Close()
	raw, err := k.ours.SyscallConn()
	if err != nil {
		return false
	}
	in := newInbox(-1)
	in.data = make([]byte, maxMessage)
	for {
		var state []byte
		var files []*os.File
		readErr := raw.Read(func(fd uintptr) bool {
			in.socket = int(fd)
			state, files, err = in.next()
			return !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR)
		})
		switch {
		case errors.Join(readErr, err) != nil:
			return false
		case string(state) == releaseMessage:
			return true
		}
		k.pass(string(state), files)
	}
}

// pass passes on a message. After one that was not sent, the child must not believe that
// systemd has it: its barriers stay open.
func (k *Kept) pass(state string, files []*os.File) {
	conns := make([]syscall.Conn, len(files))
	for i, f := range files {
		conns[i] = f
	}
	if !k.lost || state != barrier {
		k.systemd.sending.Lock()
		k.lost = k.systemd.transmit(state, conns...) != nil || k.lost
		k.systemd.sending.Unlock()
	}
	if k.lost && state == barrier {
		return // The child waits for as long as it likes.
	}
	for _, f := range files {
		_ = f.Close() // systemd has a copy.
	}
}

// ownListen makes LISTEN_PID that of this process if its keeper has passed it descriptors.
func ownListen() {
	if os.Getenv("LISTEN_PID") == listenKept {
		_ = os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid())) // The value is valid.
	}
}
