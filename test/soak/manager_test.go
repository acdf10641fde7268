//go:build integration

package soak

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// manager starts the server as systemd does: with sockets that stay open over a restart,
// a socket for messages, and a store of descriptors.
type manager struct {
	t         *testing.T
	dir       string // the runtime directory is in it
	program   string
	args      []string
	listeners []*os.File // pop3 and pop3s
	notify    *net.UnixConn

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

type storedFile struct {
	name string
	file *os.File
}

func newManager(t *testing.T, program string, args ...string) (m *manager, plain, implicit string) {
	t.Helper()
	m = &manager{t: t, dir: t.TempDir(), program: program, args: args}
	var addrs []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		file, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		addrs, m.listeners = append(addrs, l.Addr().String()), append(m.listeners, file)
	}
	var err error
	m.notify, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(m.dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := m.notify.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var passErr error
	err = raw.Control(func(fd uintptr) { passErr = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PASSCRED, 1) })
	if err != nil || passErr != nil {
		t.Fatal(err, passErr)
	}
	if err := os.Mkdir(filepath.Join(m.dir, "run"), 0o755); err != nil {
		t.Fatal(err)
	}
	go m.receive()
	t.Cleanup(func() { m.notify.Close() })
	return m, addrs[0], addrs[1]
}

// receive takes the messages of the server.
func (m *manager) receive() {
	data, control := make([]byte, 4096), make([]byte, 4096)
	for {
		n, oobn, _, _, err := m.notify.ReadMsgUnix(data, control)
		if err != nil {
			return
		}
		text := string(data[:n])
		name, isName := "", false
		sender, files := received(control[:oobn])
		for line := range strings.Lines(text) {
			if value, ok := strings.CutPrefix(strings.TrimSpace(line), "FDNAME="); ok {
				name, isName = value, true
			}
		}
		m.mu.Lock()
		current := sender == m.pid // Its predecessor also reports after each reload.
		switch {
		case strings.Contains(text, "FDSTOREREMOVE=1") && isName:
			m.remove(name)
		case strings.Contains(text, "FDSTORE=1") && isName:
			for _, file := range files {
				m.stored = append(m.stored, storedFile{name, file})
			}
			if name == "sessions" {
				m.handed++
			}
		default: // such as BARRIER=1, which the end of the descriptor answers
			for _, file := range files {
				file.Close()
			}
		}
		ready := m.ready
		m.mu.Unlock()
		if current && strings.Contains(text, "READY=1") {
			select {
			case ready <- struct{}{}:
			default: // It was ready before.
			}
		}
	}
}

// remove closes the stored descriptors with a name.
func (m *manager) remove(name string) {
	var rest []storedFile
	for _, s := range m.stored {
		if s.name == name {
			s.file.Close()
		} else {
			rest = append(rest, s)
		}
	}
	m.stored = rest
}

// received returns the sender and the descriptors of a control message.
func received(control []byte) (sender int, files []*os.File) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return 0, nil
	}
	for _, message := range messages {
		if credentials, err := unix.ParseUnixCredentials(&message); err == nil {
			sender = int(credentials.Pid)
			continue
		}
		fds, _ := unix.ParseUnixRights(&message) // Another kind has none.
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "stored"))
		}
	}
	return sender, files
}

// Write takes what the server logs.
func (m *manager) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.log.Write(p)
}

// Log returns what all servers have logged.
func (m *manager) Log() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.log.String()
}

// tail returns the last lines of the log.
func (m *manager) tail() string {
	text := m.Log()
	return text[max(0, len(text)-4000):]
}

// start starts a server and waits until it is ready.
func (m *manager) start() {
	m.t.Helper()
	m.mu.Lock()
	m.runs++
	names := []string{"tpops.socket", "pop3s"}
	files := append([]*os.File{}, m.listeners...)
	for _, s := range m.stored {
		names, files = append(names, s.name), append(files, s.file)
	}
	run := fmt.Sprintf("%032x", m.runs)
	m.mu.Unlock()
	// LISTEN_PID has to be the process that serves.
	cmd := exec.Command("/bin/sh", append([]string{"-c", `LISTEN_PID=$$ exec "$@"`, "sh", m.program}, m.args...)...)
	cmd.ExtraFiles = files
	cmd.Stdout, cmd.Stderr = m, m
	cmd.Env = append(os.Environ(), fmt.Sprintf("LISTEN_FDS=%d", len(files)), "LISTEN_FDNAMES="+strings.Join(names, ":"),
		"NOTIFY_SOCKET="+filepath.Join(m.dir, "notify"), "INVOCATION_ID="+run, "RUNTIME_DIRECTORY="+filepath.Join(m.dir, "run"))
	m.mu.Lock()
	m.ready = make(chan struct{}, 1)
	err := cmd.Start()
	if err == nil {
		m.pid = cmd.Process.Pid
	}
	m.mu.Unlock()
	if err != nil {
		m.t.Error(err)
		return
	}
	m.process, m.ended = cmd, make(chan struct{})
	go func() {
		cmd.Wait()
		close(m.ended)
	}()
	select {
	case <-m.ready:
	case <-m.ended:
		m.t.Errorf("the server has ended\n%s", m.tail())
	case <-time.After(time.Minute):
		m.t.Errorf("the server is not ready\n%s", m.tail())
	}
}

// stop ends the server. With restart it hands its sessions over.
func (m *manager) stop(restart bool) {
	mark := filepath.Join(m.dir, "run.restart")
	os.Remove(mark)
	if restart {
		if err := os.Symlink(fmt.Sprintf("%032x", m.runs), mark); err != nil {
			m.t.Error(err)
		}
	}
	m.process.Process.Signal(syscall.SIGTERM)
	select {
	case <-m.ended:
		if code := m.process.ProcessState.ExitCode(); code != 0 {
			m.t.Errorf("the server ended with status %d\n%s", code, m.tail())
		}
	case <-time.After(time.Minute):
		m.t.Errorf("the server does not end\n%s", m.tail())
		m.process.Process.Kill()
		<-m.ended
	}
}
