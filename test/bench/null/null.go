// Package null is a POP3 server of constant answers: it accepts connections,
// sends fixed replies whatever the mailbox, and sends one message from a file
// with sendfile(2). It is the least that a POP3 server can do, and what the
// benchmark compares others with.
package null

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"tpops/test/bench/mail"
)

// Server serves one message.
type Server struct {
	message *os.File // the reply to RETR, for sendfile
	octets  int64
	text    []byte // the same in memory, for TLS
	top     []byte
	tls     *tls.Config
	floor   *Floor // nil: no file is touched
}

// New returns a server for a message, as a file has it. It writes the reply to
// a file without a name below dir. config is for connections that begin with TLS.
// floor has it make further calls, or is nil.
func New(dir string, message []byte, config *tls.Config, floor *Floor) (*Server, error) {
	wire := mail.OnTheWire(message)
	head, _, _ := bytes.Cut(wire, []byte("\r\n\r\n"))
	s := &Server{
		text: multi(wire), tls: config, floor: floor,
		top: multi(append(bytes.Clone(head), "\r\n\r\n"...)),
	}
	file, err := os.CreateTemp(dir, "null-")
	if err != nil {
		return nil, err
	}
	s.message, s.octets = file, int64(len(s.text))
	return s, errors.Join(os.Remove(file.Name()), write(file, s.text))
}

func write(w io.Writer, text []byte) error {
	_, err := w.Write(text)
	return err
}

func multi(text []byte) []byte {
	return append(append([]byte("+OK\r\n"), text...), ".\r\n"...)
}

// Serve serves the connections of a listener until it is closed.
func (s *Server) Serve(l net.Listener, withTLS bool) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go s.session(conn, withTLS)
	}
}

// session ends when the client does: a benchmark's client has no other errors.
func (s *Server) session(conn net.Conn, withTLS bool) {
	defer conn.Close()
	if withTLS {
		conn = tls.Server(conn, s.tls)
	}
	if write(conn, []byte("+OK ready\r\n")) != nil {
		return
	}
	var buf [512]byte
	var at place
	defer func() { at.leave(s.floor) }()
	for {
		n, err := conn.Read(buf[:])
		if err != nil || n < 4 || buf[n-1] != '\n' || at.follow(s.floor, buf[:n]) != nil || s.reply(conn, buf[:n]) != nil {
			return
		}
	}
}

// reply answers a command, which arrives whole.
func (s *Server) reply(conn net.Conn, command []byte) error {
	switch string(command[:4]) {
	case "STAT":
		return write(conn, []byte("+OK 0 0\r\n"))
	case "LIST", "UIDL":
		return write(conn, []byte("+OK\r\n.\r\n"))
	case "TOP ":
		return write(conn, s.top)
	case "RETR":
		return s.retrieve(conn)
	case "QUIT":
		_ = write(conn, []byte("+OK bye\r\n"))
		return io.EOF
	default:
		return write(conn, []byte("+OK\r\n"))
	}
}

func (s *Server) retrieve(conn net.Conn) error {
	plain, ok := conn.(*net.TCPConn)
	if !ok {
		return write(conn, s.text)
	}
	raw, err := plain.SyscallConn()
	if err != nil {
		return err
	}
	var offset int64
	var failed error
	err = raw.Write(func(fd uintptr) bool {
		for offset < s.octets && failed == nil {
			_, failed = unix.Sendfile(int(fd), int(s.message.Fd()), &offset, int(s.octets-offset))
		}
		if failed == unix.EAGAIN {
			failed = nil
			return false // until the client has read
		}
		return true
	})
	return errors.Join(err, failed)
}
