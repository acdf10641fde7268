package process

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// self is this program, whatever has become of its file: after an upgrade the
// name is that of another program, or of none.
const self = "/proc/self/exe"

// The descriptors of a child, after standard input, output and error.
const (
	controlFD = 3
	payloadFD = 4
	firstFD   = 5 // of Spec.Files
)

// variable tells a process that it is a child, and how many Files it has.
const variable = "TPOPS_CHILD"

// Spec says what a child is started with. Nothing of it is closed.
type Spec struct {
	Title   string     // what the list of processes shows; it has no secrets
	Payload *os.File   // from Seal
	Files   []*os.File // what the child gets as Inheritance.Files
	Log     *os.File   // its standard output and error; nil for the null device
	Unset   []string   // variables of the environment that are not for it
}

// Child is a process that Pool.Start has started. Its methods may be used by
// several goroutines.
type Child struct {
	cmd     *exec.Cmd
	control *net.UnixConn
}

// start starts this program again. The process belongs to a process group of
// its own, so that a terminal's signals go to the parent alone. The error is
// that of the system: out of processes, memory or descriptors.
func start(s *Spec) (*Child, error) {
	ours, theirs, err := controlPair()
	if err != nil {
		return nil, fmt.Errorf("start child: %w", err)
	}
	defer theirs.Close()
	cmd := &exec.Cmd{
		Path:        self,
		Args:        []string{s.Title},
		Env:         s.environment(),
		ExtraFiles:  append([]*os.File{theirs, s.Payload}, s.Files...),
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if s.Log != nil {
		cmd.Stdout, cmd.Stderr = s.Log, s.Log
	}
	if err := cmd.Start(); err != nil {
		_ = ours.Close() // Nobody is at its other end.
		return nil, fmt.Errorf("start child: %w", err)
	}
	return &Child{cmd, ours}, nil
}

// environment returns the variables that the child gets.
func (s *Spec) environment() []string {
	var kept []string
	for _, word := range os.Environ() {
		name, _, _ := strings.Cut(word, "=")
		if name != variable && !slices.Contains(s.Unset, name) {
			kept = append(kept, word)
		}
	}
	return append(kept, variable+"="+strconv.Itoa(len(s.Files)))
}

// controlPair returns the two ends of a control connection. Messages keep
// their bounds, and the end of one side is seen at the other.
func controlPair() (ours *net.UnixConn, theirs *os.File, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	theirs = os.NewFile(uintptr(pair[1]), "control")
	file := os.NewFile(uintptr(pair[0]), "control")
	defer file.Close() // The connection has a duplicate.
	conn, err := net.FileConn(file)
	if err != nil {
		_ = theirs.Close()
		return nil, nil, err
	}
	return conn.(*net.UnixConn), theirs, nil
}

// PID returns the process id.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Order tells the child what to do; d counts for Drain. A child that has ended,
// or does not listen, is told nothing: its end will be seen.
func (c *Child) Order(o Order, d time.Duration) {
	raw, err := c.control.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { _ = send(int(fd), encodeOrder(o, d)) })
}

// send sends a message, or returns EAGAIN if it would have to wait.
func send(fd int, message []byte) error {
	return unix.Sendto(fd, message, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, nil)
}
