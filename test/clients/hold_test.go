//go:build integration

package clients

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"tpops/test/daemon"
)

// holder is a relay that holds UIDL back until the server has ended the session.
type holder struct {
	t      *testing.T
	server string
	end    func() // has the server end the session
	held   bool
	sent   string // all that the server has sent
}

// serve relays one connection, and returns where to connect and a channel that is closed at
// its end.
func (h *holder) serve() (addr string, done chan bool) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	done = make(chan bool)
	go func() {
		defer close(done)
		defer l.Close()
		if client, err := l.Accept(); err == nil {
			h.relay(client)
		}
	}()
	return l.Addr().String(), done
}

func (h *holder) relay(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", h.server)
	if err != nil {
		h.t.Error(err)
		return
	}
	defer server.Close()
	_ = server.SetDeadline(time.Now().Add(time.Minute))
	ended := make(chan string)
	go func() {
		var all strings.Builder
		_, _ = io.Copy(io.MultiWriter(client, &all), server)
		_ = client.(*net.TCPConn).CloseWrite()
		ended <- all.String()
	}()
	for in := bufio.NewReader(client); ; {
		line, err := in.ReadString('\n')
		if h.held = strings.HasPrefix(line, "UIDL"); h.held {
			h.end()
		}
		if err != nil || h.held {
			break
		}
		if _, err := io.WriteString(server, line); err != nil {
			break
		}
	}
	h.sent = <-ended
}

// through returns the job's server behind the relay.
func (h *holder) through(addr string) *daemon.Daemon {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		h.t.Fatal(err)
	}
	return &daemon.Daemon{Addr: addr, Host: host, Port: port}
}
