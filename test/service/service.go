// Package service runs the server in tests as systemd does: with sockets that stay open
// over a restart, a socket for messages, and a store of descriptors.
package service

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to start or to end on a machine with much else
// to do.
const patience = 3 * time.Minute

// Service is a server. One goroutine at a time may start and stop it; any may call the
// other methods.
type Service struct {
	Plain, Implicit string // addresses of pop3 and pop3s

	dir       string // the runtime directory is in it
	program   string
	args      []string
	listeners []*os.File // pop3 and pop3s
	notify    *net.UnixConn
	output    *os.File // a pipe, which Wait does not wait for: an old process keeps it

	mu      sync.Mutex
	log     bytes.Buffer
	stored  []storedFile
	ready   chan struct{} // receives when the server reports that it is ready
	process *exec.Cmd
	ended   chan struct{}
	pid     int // of the process
	runs    int
	handed  int // restarts that stored sessions
}

// New returns a service that is not running. What is left of it ends with the test.
func New(t *testing.T, program string, args ...string) *Service {
	t.Helper()
	s := &Service{dir: t.TempDir(), program: program, args: args}
	for _, addr := range []*string{&s.Plain, &s.Implicit} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		file, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		t.Cleanup(func() { file.Close() })
		*addr, s.listeners = l.Addr().String(), append(s.listeners, file)
	}
	if err := errors.Join(s.listen(), s.readOutput(), os.Mkdir(filepath.Join(s.dir, "run"), 0o755)); err != nil {
		t.Fatal(err)
	}
	go s.receive()
	t.Cleanup(func() {
		s.Kill()
		s.notify.Close()
		s.output.Close()
	})
	return s
}

// readOutput makes the pipe for what the servers log.
func (s *Service) readOutput() error {
	from, to, err := os.Pipe()
	if err != nil {
		return err
	}
	s.output = to
	go func() {
		defer from.Close()
		_, _ = io.Copy(writer{s}, from) // until all processes have closed it
	}()
	return nil
}

// writer writes to the log.
type writer struct{ s *Service }

func (w writer) Write(p []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.log.Write(p)
}

// Log returns what all servers have logged.
func (s *Service) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// Tail returns the last lines of the log.
func (s *Service) Tail() string {
	text := s.Log()
	return text[max(0, len(text)-4000):]
}

// Handed returns how many restarts have stored sessions.
func (s *Service) Handed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handed
}

// PID returns the main process, 0 before Start.
func (s *Service) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pid
}

// Start starts a server and waits until it is ready.
func (s *Service) Start() error {
	if err := s.startProcess(); err != nil {
		return err
	}
	go func() {
		_ = s.process.Wait() // ProcessState contains the same.
		close(s.ended)
	}()
	select {
	case <-s.ready:
		return nil
	case <-s.ended:
		return fmt.Errorf("the server has ended\n%s", s.Tail())
	case <-time.After(patience):
		return fmt.Errorf("the server is not ready\n%s", s.Tail())
	}
}

// startProcess starts the main process with the sockets and what is stored.
func (s *Service) startProcess() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs++
	names, files := []string{"tpops.socket", "pop3s"}, append([]*os.File{}, s.listeners...)
	for _, f := range s.stored {
		names, files = append(names, f.name), append(files, f.file)
	}
	// LISTEN_PID has to be the process that serves.
	cmd := exec.Command("/bin/sh", append([]string{"-c", `LISTEN_PID=$$ exec "$@"`, "sh", s.program}, s.args...)...)
	cmd.ExtraFiles = files
	cmd.Stdout, cmd.Stderr = s.output, s.output
	cmd.Env = append(os.Environ(), fmt.Sprintf("LISTEN_FDS=%d", len(files)), "LISTEN_FDNAMES="+strings.Join(names, ":"),
		s.socketVariable(), fmt.Sprintf("INVOCATION_ID=%032x", s.runs), "RUNTIME_DIRECTORY="+filepath.Join(s.dir, "run"))
	s.ready, s.ended, s.process, s.pid = make(chan struct{}, 1), make(chan struct{}), cmd, 0
	if err := cmd.Start(); err != nil {
		close(s.ended)
		return err
	}
	s.pid = cmd.Process.Pid
	return nil
}

// Signal sends a signal to the main process.
func (s *Service) Signal(signal syscall.Signal) error { return s.process.Process.Signal(signal) }

// Stop ends the server. With restart it hands its sessions over. The error is that the main
// process has not ended with status 0.
func (s *Service) Stop(restart bool) error {
	mark := filepath.Join(s.dir, "run.restart")
	_ = os.Remove(mark) // There may be none.
	if restart {
		if err := os.Symlink(fmt.Sprintf("%032x", s.runs), mark); err != nil {
			return err
		}
	}
	_ = s.Signal(syscall.SIGTERM) // It may have ended.
	select {
	case <-s.ended:
		if code := s.process.ProcessState.ExitCode(); code != 0 {
			return fmt.Errorf("the server ended with status %d\n%s", code, s.Tail())
		}
		return nil
	case <-time.After(patience):
		_ = s.process.Process.Kill()
		<-s.ended
		return fmt.Errorf("the server does not end\n%s", s.Tail())
	}
}
