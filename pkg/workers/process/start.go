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

	"tpops/pkg/socketpair"
)

// self is this program, also after an upgrade has replaced or removed its file.
const self = "/proc/self/exe"

// The descriptors of a child, after standard input, output and error.
const (
	controlFD = 3
	payloadFD = 4
	firstFD   = 5 // of Spec.Files
)

// variable is the environment variable of a child. Its value is the number of Files.
const variable = "TPOPS_CHILD"

// Spec is how to start a child. Start does not close its files.
type Spec struct {
	Title   string     // shown by ps(1), so that it must not contain a secret
	Payload *os.File   // from Seal
	Files   []*os.File // which the child gets as Inheritance.Files
	Log     *os.File   // its standard output and error; nil for the null device
	Unset   []string   // variables of the environment that the child does not get
	Set     []string   // NAME=value, for variables that are not set in this process
}

// Child is a process that Pool.Start has started. Several goroutines may use it.
type Child struct {
	cmd     *exec.Cmd
	control *net.UnixConn
}

// start starts this program again. The child has a process group of its own, so that
// only the parent gets the signals of a terminal. The error is that of the system: out
// of processes, memory or descriptors.
func start(s *Spec) (*Child, error) {
	ours, theirs, err := socketpair.New("control")
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
	if err := withTimerSlack(cmd.Start); err != nil {
		_ = ours.Close() // Nothing was written to it.
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
	for _, word := range s.Set {
		name, _, _ := strings.Cut(word, "=")
		if _, ok := os.LookupEnv(name); !ok {
			kept = append(kept, word)
		}
	}
	return append(kept, variable+"="+strconv.Itoa(len(s.Files)))
}

// PID returns the process id.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Order sends an order to the child; d is the time of Drain. Order does nothing if the
// child has ended, or does not read and the socket is full.
func (c *Child) Order(o Order, d time.Duration) {
	raw, err := c.control.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { _ = send(int(fd), encodeOrder(o, d)) })
}

// send sends a message. It returns EAGAIN if the socket is full.
func send(fd int, message []byte) error {
	return unix.Sendto(fd, message, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, nil)
}
