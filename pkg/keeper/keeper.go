// Package keeper is the process that systemd regards as the daemon. It starts the process
// that serves as its child, passes on signals and messages between the two, and ends as the
// child ends.
//
// systemd waits at a stop, and so at a restart, until the main process of the service has
// ended. A process with TLS sessions must go on after a restart, because the keys of TLS
// cannot leave it. So it is not the main process: it tells its keeper that it leaves the
// service (sd.Notifier.Release), and the keeper ends alone. Then systemd starts the next
// keeper.
package keeper

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/sd"
)

const (
	// self is this program, also after an upgrade has replaced or removed its file.
	self = "/proc/self/exe"
	// title is the name of the child for ps(1).
	title = "tpops: server"
	// abortTime is how long the child may take to log where it hangs, after the watchdog
	// of systemd has sent SIGABRT.
	abortTime = 2 * time.Second
	// relayTime bounds how long the last messages of a child that has ended are passed on.
	relayTime = time.Second
)

// keeper is this process.
type keeper struct {
	child    *exec.Cmd
	send     func(os.Signal) error // sends the child a signal
	signals  <-chan os.Signal
	aborts   chan os.Signal // SIGABRT
	released chan bool      // gets the result of Relay
	ended    chan struct{}  // closed when the child has ended
}

// Run starts this program again with the same arguments and the sockets, and returns the
// exit code when the child has ended or has left the service. The error is that the child
// could not be started. signals has the signals of this process, without SIGABRT.
func Run(systemd *sd.Notifier, sockets []sd.Socket, signals <-chan os.Signal) (code int, err error) {
	k, err := start(systemd, sockets, signals)
	if err != nil {
		return 0, err
	}
	return k.keep(), nil
}

// start is Run until the child has been started.
func start(systemd *sd.Notifier, sockets []sd.Socket, signals <-chan os.Signal) (*keeper, error) {
	kept, err := systemd.Keep(sockets)
	if err != nil {
		return nil, fmt.Errorf("start the process that serves: %w", err)
	}
	k := &keeper{
		child: &exec.Cmd{
			Path: self, Args: append([]string{title}, os.Args[1:]...), Env: append(os.Environ(), kept.Environment...),
			Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, ExtraFiles: kept.Files,
		},
		signals: signals, aborts: make(chan os.Signal, 1), released: make(chan bool, 1), ended: make(chan struct{}),
	}
	signal.Notify(k.aborts, syscall.SIGABRT)
	if err := k.child.Start(); err != nil {
		return nil, fmt.Errorf("start the process that serves: %w", err)
	}
	k.send = k.child.Process.Signal
	if err := errors.Join(kept.Close(), giveUp()); err != nil {
		_ = k.child.Process.Kill()
		return nil, fmt.Errorf("give up rights: %w", err)
	}
	go func() { k.released <- kept.Relay() }()
	go func() {
		_ = k.child.Wait() // ProcessState contains the same.
		close(k.ended)
	}()
	debug.FreeOSMemory() // of the configuration, which only the child needs
	return k, nil
}

// keep passes signals on until the child has ended or has left the service.
func (k *keeper) keep() int {
	for {
		select {
		case s := <-k.signals:
			k.pass(s)
		case s := <-k.aborts:
			k.pass(s)
		case released := <-k.released:
			if released {
				return 0
			}
			k.released = nil // The child is ending.
		case <-k.ended:
			return k.end()
		}
	}
}

// pass passes a signal on. A child that the watchdog aborts gets some time to log where it
// hangs.
func (k *keeper) pass(s os.Signal) {
	_ = k.send(s) // The child may have ended.
	if s == syscall.SIGABRT {
		time.AfterFunc(abortTime, func() { _ = k.child.Process.Kill() })
	}
}

// end returns how the child has ended: its exit code, or this process ends by the same
// signal.
func (k *keeper) end() int {
	if k.released != nil {
		select {
		case <-k.released:
		case <-time.After(relayTime):
		}
	}
	status, ok := k.child.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return k.child.ProcessState.ExitCode()
	}
	signal.Reset(status.Signal())
	_ = unix.Kill(os.Getpid(), status.Signal())
	time.Sleep(relayTime) // The signal has ended this process, unless it is ignored.
	return 128 + int(status.Signal())
}
