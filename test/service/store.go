package service

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// storedFile is a descriptor in the store.
type storedFile struct {
	name string
	file *os.File
}

// listen opens the socket for messages.
func (s *Service) listen() (err error) {
	s.notify, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(s.dir, "notify"), Net: "unixgram"})
	if err != nil {
		return err
	}
	raw, err := s.notify.SyscallConn()
	if err != nil {
		return err
	}
	var passErr error
	err = raw.Control(func(fd uintptr) { passErr = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PASSCRED, 1) })
	return errors.Join(err, passErr)
}

// socketVariable is the variable with the socket, which all processes of the service have.
func (s *Service) socketVariable() string { return "NOTIFY_SOCKET=" + filepath.Join(s.dir, "notify") }

// receive takes the messages of the server.
func (s *Service) receive() {
	data, control := make([]byte, 4096), make([]byte, 4096)
	for {
		n, oobn, _, _, err := s.notify.ReadMsgUnix(data, control)
		if err != nil {
			return
		}
		sender, files := received(control[:oobn])
		s.take(string(data[:n]), sender, files)
	}
}

// take carries out a message.
func (s *Service) take(text string, sender int, files []*os.File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store(text, files)
	if sender == s.pid && strings.Contains(text, "READY=1") { // Its predecessor also reports after each reload.
		select {
		case s.ready <- struct{}{}:
		default: // It was ready before.
		}
	}
}

// store stores the descriptors of a message, or removes or closes them.
func (s *Service) store(text string, files []*os.File) {
	name, isName := nameOf(text)
	switch {
	case isName && strings.Contains(text, "FDSTOREREMOVE=1"):
		s.remove(name)
	case isName && strings.Contains(text, "FDSTORE=1"):
		for _, file := range files {
			s.stored = append(s.stored, storedFile{name, file})
		}
		if name == "sessions" {
			s.handed++
		}
	default: // such as BARRIER=1, which the end of the descriptor answers
		for _, file := range files {
			file.Close()
		}
	}
}

// nameOf returns the name for the descriptors of a message.
func nameOf(text string) (name string, ok bool) {
	for line := range strings.Lines(text) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), "FDNAME="); found {
			name, ok = value, true
		}
	}
	return name, ok
}

// remove closes the stored descriptors with a name.
func (s *Service) remove(name string) {
	var rest []storedFile
	for _, f := range s.stored {
		if f.name == name {
			f.file.Close()
		} else {
			rest = append(rest, f)
		}
	}
	s.stored = rest
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

// Kill kills all processes of the service, also old ones that go on with their sessions,
// and closes what is stored, as systemd does at the end of a service.
func (s *Service) Kill() {
	for _, pid := range s.processes() {
		_ = unix.Kill(pid, unix.SIGKILL) // It may have ended.
	}
	if s.ended != nil {
		<-s.ended
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.stored {
		f.file.Close()
	}
	s.stored = nil
}

// processes returns the processes that have the socket for messages in their environment.
func (s *Service) processes() (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ") // The pattern is valid.
	for _, file := range files {
		environment, _ := os.ReadFile(file) // The process may have ended.
		if bytes.Contains(environment, fmt.Appendf(nil, "%s\x00", s.socketVariable())) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file))) // The pattern has only numbers.
			pids = append(pids, pid)
		}
	}
	return pids
}
