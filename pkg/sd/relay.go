package sd

import (
	"errors"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode"

	"golang.org/x/sys/unix"

	"tpops/pkg/socketpair"
)

// barrier is the message of Barrier.
const barrier = "BARRIER=1"

// maxMessage is the maximum length of a message in bytes, as for systemd.
const maxMessage = 4096

// relayed are the fields of the messages that a keeper passes on. With others, such as MAINPID or
// NOTIFYACCESS, a child that was taken over could have systemd kill any process if the keeper is
// root, or obey other senders.
var relayed = []string{
	"READY", "RELOADING", "MONOTONIC_USEC", "STOPPING", "STATUS", "ERRNO", "EXTEND_TIMEOUT_USEC", "WATCHDOG", "BARRIER",
	"FDSTORE", "FDSTOREREMOVE", "FDPOLL", "FDNAME",
}

// isRelayed reports whether a message has no other fields. systemd ends a line at a carriage
// return too, and a message at a NUL, so a message has no control character but the line feed.
func isRelayed(state string) bool {
	if strings.ContainsFunc(state, func(c rune) bool { return c != '\n' && unicode.IsControl(c) }) {
		return false
	}
	for line := range strings.Lines(state) {
		if name, _, _ := strings.Cut(line, "="); !slices.Contains(relayed, name) {
			return false
		}
	}
	return true
}

// Kept is what a keeper needs to start its child, and to pass on its messages.
type Kept struct {
	// Files are the descriptors of the child from 3 on.
	Files []*os.File
	// Environment are the variables of the child, besides those of this process.
	Environment []string

	systemd *Notifier
	ours    *net.UnixConn
	lost    bool       // descriptors were not stored
	held    []*os.File // of barriers that must not pass
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

// pass passes on a message. After descriptors that systemd did not get, the child must not
// believe that it has them: its barriers stay open, and so does one that systemd did not get.
// No barrier depends on other messages, such as a status, a watchdog ping or another barrier that
// was lost on a busy machine.
func (k *Kept) pass(state string, files []*os.File) {
	held := k.lost && state == barrier
	if isRelayed(state) && !held {
		err := k.transmit(state, files)
		held = err != nil && state == barrier
		k.lost = k.lost || err != nil && len(files) > 0 && !held
	}
	if held {
		k.held = append(k.held, files...) // The child waits for as long as it likes. Garbage would be closed.
		return
	}
	for _, f := range files {
		_ = f.Close() // systemd has a copy.
	}
}

// transmit sends systemd a message of the child.
func (k *Kept) transmit(state string, files []*os.File) error {
	conns := make([]syscall.Conn, len(files))
	for i, f := range files {
		conns[i] = f
	}
	k.systemd.sending.Lock()
	defer k.systemd.sending.Unlock()
	return k.systemd.transmit(state, conns...)
}

// ownListen makes LISTEN_PID that of this process if its keeper has passed it descriptors.
func ownListen() {
	if os.Getenv("LISTEN_PID") == listenKept {
		_ = os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid())) // The value is valid.
	}
}
