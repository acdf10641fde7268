package mariadb

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a server may take to come up or to end.
const patience = 3 * time.Minute

// process is a server at work.
type process struct {
	command *exec.Cmd
	ended   chan struct{} // closed when the process is gone
}

// attributes make a process run as the server's user and end with this one.
func (s *Server) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if s.owner != nil {
		attributes.Credential = &syscall.Credential{Uid: uint32(number(s.owner.Uid)), Gid: uint32(number(s.owner.Gid))}
	}
	return attributes
}

// run runs a program to its end.
func (s *Server) run(name string, arguments ...string) {
	s.tb.Helper()
	command := exec.Command(name, arguments...)
	command.Dir = s.directory
	runtime.LockOSThread() // its death is what Pdeathsig means
	defer runtime.UnlockOSThread()
	command.SysProcAttr = s.attributes()
	if output, err := command.CombinedOutput(); err != nil {
		s.tb.Fatalf("%s: %v\n%s", name, err, output)
	}
}

// Start starts a server that is down, with the data it had and further options for
// this time, and waits until it is ready, as it reports to systemd.
func (s *Server) Start(options ...string) {
	s.tb.Helper()
	path := filepath.Join(s.directory, "notify")
	os.Remove(path)
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	check(s.tb, "notify socket", err)
	defer notify.Close()
	s.give(path)
	command := exec.Command(s.options[0], slices.Concat(s.options[1:], options)...)
	command.Dir, command.SysProcAttr = s.directory, s.attributes()
	command.Env = append(os.Environ(), "NOTIFY_SOCKET="+path)
	s.process = &process{command: command, ended: make(chan struct{})}
	started := make(chan error)
	go s.process.watch(s.enter, started)
	if err := <-started; err != nil {
		s.process = nil
		s.tb.Fatalf("start the server: %v", err)
	}
	s.await(notify)
}

// watch starts the process and stays on the one thread until it is gone: the
// end of the thread that started it would end it too. A thread that has entered
// something is not used again, and is not the first, whose network is that of the test.
func (p *process) watch(enter func(), started chan<- error) {
	runtime.LockOSThread()
	switch {
	case enter == nil:
		defer runtime.UnlockOSThread()
	case unix.Gettid() == unix.Getpid():
		defer runtime.UnlockOSThread()
		go p.watch(enter, started)
		<-p.ended
		return
	default:
		enter()
	}
	err := p.command.Start()
	started <- err
	if err == nil {
		p.command.Wait() // its log has how it ended
	}
	close(p.ended)
}

// await waits for the message that the server is ready.
func (s *Server) await(notify *net.UnixConn) {
	s.tb.Helper()
	check(s.tb, "deadline", notify.SetReadDeadline(time.Now().Add(patience)))
	ready := make(chan struct{})
	defer close(ready)
	ended := s.process.ended
	go func() {
		select {
		case <-ended:
			notify.SetReadDeadline(time.Unix(1, 0))
		case <-ready:
		}
	}()
	for message := make([]byte, 4096); ; {
		n, err := notify.Read(message)
		if err != nil {
			log, _ := os.ReadFile(filepath.Join(s.directory, "log"))
			s.tb.Fatalf("the server does not come up: %v\n%s", err, log)
		}
		if strings.Contains(string(message[:n]), "READY=1") {
			return
		}
	}
}

// Stop ends the server in order.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

// Kill ends the server without warning. A server that is down stays down.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

func (s *Server) end(signal syscall.Signal) {
	s.tb.Helper()
	if s.process == nil {
		return
	}
	s.signal(signal)
	select {
	case <-s.process.ended:
	case <-time.After(patience):
		s.process.command.Process.Kill()
		<-s.process.ended
		s.tb.Errorf("the server did not end on %v", signal)
	}
	s.process = nil
}

// Freeze stops the server in the middle of whatever it does; connections to
// it stay and get no answer.
func (s *Server) Freeze() {
	s.tb.Helper()
	s.signal(syscall.SIGSTOP)
	// Its threads go on until each of them has noticed, and might still answer.
	err := error(unix.EINTR)
	for err == unix.EINTR {
		err = unix.Waitid(unix.P_PID, s.process.command.Process.Pid, nil, unix.WSTOPPED|unix.WNOWAIT, nil)
	}
	check(s.tb, "stop the server", err)
}

// Thaw lets a frozen server go on.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(signal syscall.Signal) {
	s.tb.Helper()
	if err := s.process.command.Process.Signal(signal); err != nil && err != os.ErrProcessDone {
		s.tb.Errorf("signal %v: %v", signal, err)
	}
}
