//go:build integration && amd64

package killed

import (
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// server is a daemon, or processes of inetd, under a supervisor.
type server struct {
	t       *testing.T
	program string
	model   string // parallel-type, or inetd
	params  []string

	d       *daemon.Daemon
	s       *supervisor
	spoiled bool // The daemon waits before it starts children again.
}

// connect returns a connection to a server whose next calls count for the trap. A server
// that has died is started again. There is no connection if it is killed before.
func (r *server) connect(t trap) *daemon.Client {
	r.t.Helper()
	if r.model == "inetd" {
		return r.inetd(t)
	}
	if r.d != nil && (r.spoiled || !r.isAlive()) {
		r.stop()
	}
	if r.d == nil {
		r.start()
	}
	r.s.set(t)
	conn, err := net.Dial("tcp", r.d.Addr)
	if err != nil {
		return nil // The daemon was killed in accept.
	}
	return r.greeted(conn)
}

// greeted reads the greeting, as far as there is one.
func (r *server) greeted(conn net.Conn) *daemon.Client {
	c := daemon.NewClient(conn)
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	_, _ = c.Line() // A connection that broke is noticed with the first command.
	return c
}

func (r *server) start() {
	r.t.Helper()
	var err error
	r.s, err = supervised(r.t, func(*supervisor) (err error) {
		r.d, err = daemon.Start(r.program, append(r.params, "--parallel-type="+r.model)...)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.s.root.Store(int32(r.d.PID()))
	r.spoiled = false
}

// inetd starts a process for one connection.
func (r *server) inetd(t trap) *daemon.Client {
	r.t.Helper()
	client, theirs := fixture.Connection(r.t)
	s, err := supervised(r.t, func(*supervisor) error { return startInetd(r.program, r.params, theirs) })
	if err != nil {
		r.t.Fatal(err)
	}
	r.s = s
	c := r.greeted(client)
	s.set(t)
	return c
}

// startInetd starts a process for a connection, and waits for its end in the background.
func startInetd(program string, params []string, conn *net.TCPConn) error {
	file, err := conn.File()
	if err != nil {
		return err
	}
	defer file.Close()
	conn.Close()
	cmd := exec.Command(program, append(params, "--inetd")...)
	cmd.Stdin, cmd.Stdout = file, file
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // How it ends is seen at its connection.
	return nil
}

// caught ends an attempt: it returns the call that the trap caught, "" if none.
func (r *server) caught() string {
	hit := r.s.disarm()
	if r.model == "inetd" {
		r.s.close()
		r.s = nil
	}
	r.spoiled = r.model == "fork" && hit != ""
	return hit
}

func (r *server) isAlive() bool {
	select {
	case <-r.d.Ended():
		return false
	default:
		return fixture.IsAlive(r.d.PID())
	}
}

// log returns the last lines of the daemon's log.
func (r *server) log() string {
	if r.d == nil {
		return ""
	}
	text := r.d.Log()
	return text[max(0, len(text)-2000):]
}

// crashed reports whether the server ended other than by our signal.
func (r *server) crashed() bool {
	return r.d != nil && (!r.isAlive() || strings.Contains(r.d.Log(), "panic:") || strings.Contains(r.d.Log(), "fatal error:"))
}

// stop ends the server.
func (r *server) stop() {
	if r.d != nil {
		r.d.Kill()
		r.d = nil
	}
	if r.s != nil {
		r.s.close()
		r.s = nil
	}
}
