// Package peer starts the servers that the benchmark compares, all with the
// same users, mailboxes and certificate, on loopback.
package peer

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/daemon"
)

// Password is that of all users.
const Password = "secret"

// Setup is what a server is given.
type Setup struct {
	Dir      string   // an empty folder for its files, which everybody may enter
	Root     string   // the mailboxes, see mail.Make
	Users    []string // with a mailbox below Root, or without one
	Exact    bool     // TPOPS: exact sizes, as Dovecot always has them
	Cert     *Certificate
	Sessions int      // at most so many at a time
	Spare    int      // processes kept ready, where the server has such
	Message  []byte   // that the null server returns
	Params   []string // more parameters of TPOPS
	Notify   bool     // TPOPS: report as under systemd, for Server.CacheUse
	Profile  string   // TPOPS: the beginning of the names of its profiles; empty: none
}

// Server is one that runs.
type Server struct {
	Target load.Target // without TLS
	TLS    load.Target
	PID    int // the process whose descendants are the server

	forget  func() error
	cmd     *exec.Cmd
	log     string // file
	profile string
	status  *status // nil without Setup.Notify
	done    chan struct{}
}

// Kind is a server and how it is set up.
type Kind struct {
	Column  string // its name in the tables
	Version string // of the Debian package; empty: of what is built here
	Missing string // why it cannot be measured here, or nothing
	Own     bool   // no other server must use its mailboxes
	Waiting int    // so many sessions at most are to wait at a time; 0: any number
	start   func(Setup) (*Server, error)
}

// Start starts a server and waits until it serves. The caller ends it with Stop.
func (k Kind) Start(s Setup) (*Server, error) {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return nil, err
	}
	server, err := k.start(s)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", k.Column, err)
	}
	return server, nil
}

// Forget removes what the server, which must have been stopped, has kept on
// disk about the mailboxes.
func (s *Server) Forget() error { return s.forget() }

// Stop ends the server. It returns when its process has ended.
func (s *Server) Stop() {
	if s.profile != "" {
		s.endProfile()
	}
	if s.status != nil {
		defer s.status.conn.Close()
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(30 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.done
	}
}

// Log returns the end of what the server has logged.
func (s *Server) Log() string {
	text, _ := os.ReadFile(s.log)
	return string(text[max(0, len(text)-2000):])
}

// run starts a command whose output goes to a file, and waits until it serves.
func run(cmd *exec.Cmd, s Setup, ports ports, forget func() error) (*Server, error) {
	log, err := os.OpenFile(filepath.Join(s.Dir, "log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd.Stderr = log
	// If the benchmark is killed, a server that still is root ends too.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	server := &Server{cmd: cmd, log: log.Name(), profile: s.Profile, forget: forget, done: make(chan struct{})}
	if err := server.launch(); err != nil {
		return nil, err
	}
	server.Target = load.Target{Addr: ports.plain}
	if s.Cert != nil {
		server.TLS = load.Target{Addr: ports.tls, TLS: s.Cert.Client()}
	}
	if err := server.wait(); err != nil {
		server.Stop()
		return nil, fmt.Errorf("%w\n%s", err, server.Log())
	}
	return server, nil
}

// wait returns when the server answers.
func (s *Server) wait() error {
	buf := make([]byte, 1000)
	deadline := time.Now().Add(30 * time.Second)
	for {
		c, err := load.Dial(s.Target, buf)
		if err == nil {
			defer c.Close()
			_, err = c.Do(load.Single("QUIT"), buf)
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the server does not answer: %w", err)
		}
		select {
		case <-s.done:
			return errors.New("the server has ended")
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// ports are where a server is to listen.
type ports struct{ plain, tls netip.AddrPort }

func freePorts() (ports, error) {
	var both [2]netip.AddrPort
	for i := range both {
		addr, err := daemon.FreePort()
		if err != nil {
			return ports{}, err
		}
		both[i] = netip.MustParseAddrPort(addr)
	}
	return ports{both[0], both[1]}, nil
}

// writeUsers writes the passwd-file that TPOPS and Dovecot read.
func writeUsers(s Setup) (string, error) {
	var text strings.Builder
	for _, user := range s.Users {
		fmt.Fprintf(&text, "%s:{PLAIN}%s:%d:%d::%s:\n", user, Password, mail.Owner, mail.Owner, filepath.Join(s.Root, user))
	}
	file := filepath.Join(s.Dir, "users")
	return file, os.WriteFile(file, []byte(text.String()), 0o644)
}
