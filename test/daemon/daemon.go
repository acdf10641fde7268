// Package daemon starts the server for tests and for the benchmark, and talks
// to it.
package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// patience is how long to wait for what takes a moment even on a machine with
// much else to do. Nothing that works takes so long.
const patience = 10 * time.Minute

// Daemon is a server that Start has started.
type Daemon struct {
	Addr string // where it listens, host:port
	Host string
	Port string

	cmd  *exec.Cmd
	log  lockedBuffer
	done chan struct{} // closed when the process has ended
}

// Start starts the program in the foreground, unless a parameter overrides it in
// one process and on a loopback port of the kernel's choice, and waits until it
// serves: a port can be open before the daemon finds that it cannot serve. The
// caller ends it with Stop or Kill. An error has what the program wrote.
func Start(program string, params ...string) (*Daemon, error) {
	args := append([]string{"--fg"}, params...)
	for _, otherwise := range []string{"--port=127.0.0.1:0", "--parallel-type=thread", "--control-socket=none"} {
		name, _, _ := strings.Cut(otherwise, "=")
		if !slices.ContainsFunc(params, func(p string) bool { return strings.HasPrefix(p, name+"=") }) {
			args = append(args, otherwise)
		}
	}
	d := &Daemon{cmd: exec.Command(program, args...), done: make(chan struct{})}
	d.cmd.Stderr = &d.log
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		d.cmd.Wait()
		close(d.done)
	}()
	if err := d.waitReady(); err != nil {
		d.Kill()
		return nil, err
	}
	return d, nil
}

// waitReady returns when the daemon has logged that it serves, with the port that
// the kernel names.
func (d *Daemon) waitReady() error {
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if port := d.servedPort(); port != 0 {
			d.Host, d.Port = "127.0.0.1", strconv.Itoa(port)
			d.Addr = net.JoinHostPort(d.Host, d.Port)
			return nil
		}
		select {
		case <-d.done:
			return fmt.Errorf("%v\n%s", d.cmd.ProcessState, d.Log())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return fmt.Errorf("does not serve\n%s", d.Log())
}

// listening finds the ports in the log, in the order in which they are given.
var listening = regexp.MustCompile(` listening address=\S*:(\d+)\b`)

// servedPort returns the first port at which the daemon serves POP3, 0 if it does not yet.
// It may listen at others, for metrics.
func (d *Daemon) servedPort() int {
	ports := ListeningPorts(d.PID())
	for _, found := range listening.FindAllStringSubmatch(d.Log(), -1) {
		if port, err := strconv.Atoi(found[1]); err == nil && slices.Contains(ports, port) {
			return port
		}
	}
	return 0
}

// PID returns the process id.
func (d *Daemon) PID() int { return d.cmd.Process.Pid }

// Log returns what the daemon has written to standard error so far.
func (d *Daemon) Log() string { return d.log.String() }

// SlowLog makes each read of the daemon's standard error take so long from now
// on; 0 reads as fast as before.
func (d *Daemon) SlowLog(pause time.Duration) { d.log.pause.Store(int64(pause)) }

// HoldLog stops reading the daemon's standard error, until the function that it
// returns is called.
func (d *Daemon) HoldLog() (release func()) {
	d.log.hold.Lock()
	return d.log.hold.Unlock
}

// Signal sends a signal.
func (d *Daemon) Signal(sig syscall.Signal) error { return d.cmd.Process.Signal(sig) }

// Wait waits for the end of the process and returns its exit status, -1 if a
// signal ended it.
func (d *Daemon) Wait() (int, error) {
	select {
	case <-d.done:
		return d.cmd.ProcessState.ExitCode(), nil
	case <-time.After(patience):
		return 0, fmt.Errorf("the daemon does not end\n%s", d.Log())
	}
}

// Ended returns a channel that is closed when the process has ended.
func (d *Daemon) Ended() <-chan struct{} { return d.done }

// Stop ends the daemon at once, as SIGINT does, and returns an error if it
// does not end well: a data race that the race detector found is one.
func (d *Daemon) Stop() error {
	if err := d.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	code, err := d.Wait()
	if err != nil {
		d.Kill()
		return err
	}
	if code != 0 || strings.Contains(d.Log(), "DATA RACE") || strings.Contains(d.Log(), "panic:") {
		return fmt.Errorf("%v\n%s", d.cmd.ProcessState, d.Log())
	}
	return nil
}

// Kill ends the daemon with SIGKILL and waits for its end.
func (d *Daemon) Kill() {
	d.cmd.Process.Kill()
	<-d.done
}

// lockedBuffer takes the output of a process while others read it.
type lockedBuffer struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	hold  sync.Mutex   // held while nothing is taken
	pause atomic.Int64 // that each write takes, in nanoseconds
}

// Write implements io.Writer.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	time.Sleep(time.Duration(b.pause.Load()))
	b.hold.Lock()
	defer b.hold.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String returns all that was written.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
