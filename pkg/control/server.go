package control

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"
)

// Options are the environment of a Server.
type Options struct {
	Version  string // of the program
	Type     string // parallel-type
	Commands []Command
	Admins   int // id of the group whose members are permitted, -1 for none
	Log      *slog.Logger
}

// limits bound what clients can use.
type limits struct {
	conns   int           // at once
	ofUser  int           // at once, of a user other than root
	answers int           // commands at work at once, without those that follow
	follows int           // commands that follow, at once
	request time.Duration // between two requests
	write   time.Duration // in which the client has to read something
	answer  time.Duration // for a whole answer, without those that follow
}

// AnswerTime is how long the answer of a command may take that does not follow anything.
const AnswerTime = time.Minute

// usualLimits are the limits except in tests.
func usualLimits() limits {
	return limits{
		conns: 64, ofUser: 32, answers: 4, follows: 8,
		request: 30 * time.Second, write: 10 * time.Second, answer: AnswerTime,
	}
}

// Server answers requests. Its methods may be called from several goroutines.
type Server struct {
	Options
	limits   limits
	own      int // user id that is permitted besides root
	commands map[string]*Command
	places   chan struct{} // one element for each connection
	answers  chan struct{} // one element for each command at work
	follows  chan struct{}
	ctx      context.Context // cancelled by Close
	cancel   context.CancelFunc

	mu     sync.Mutex
	closed bool
	open   map[net.Conn]struct{}
	byUser map[int]int // connections
	work   sync.WaitGroup
}

// NewServer returns a server with a table of commands. Close stops it.
func NewServer(o Options) *Server { return newServer(o, usualLimits()) }

func newServer(o Options, l limits) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		Options: o, limits: l, own: os.Geteuid(), commands: make(map[string]*Command),
		places: make(chan struct{}, l.conns), answers: make(chan struct{}, l.answers), follows: make(chan struct{}, l.follows),
		ctx: ctx, cancel: cancel, open: make(map[net.Conn]struct{}), byUser: make(map[int]int),
	}
	for i := range o.Commands {
		s.commands[o.Commands[i].Name] = &o.Commands[i]
	}
	return s
}

// acceptPause is how long Serve waits after an accept that failed.
const acceptPause = time.Second

// Serve accepts connections from l, which must be a unix stream socket, until Close,
// which closes l. If all places are taken, clients wait in the queue of the socket.
func (s *Server) Serve(l net.Listener) {
	stop := context.AfterFunc(s.ctx, func() { _ = l.Close() })
	defer stop()
	for {
		select {
		case s.places <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		conn, err := l.Accept()
		if err == nil {
			s.start(conn)
			continue
		}
		<-s.places
		if s.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return
		}
		s.Log.Error("accept failed", slog.Any("error", err), slog.Duration("wait", acceptPause))
		select {
		case <-time.After(acceptPause):
		case <-s.ctx.Done():
		}
	}
}

// start serves a connection, which has a place, in the background.
func (s *Server) start(accepted net.Conn) {
	c, refusal := s.admit(accepted)
	if c == nil {
		s.refuse(accepted, refusal)
		<-s.places
		return
	}
	go func() {
		defer func() { <-s.places }()
		defer s.leave(c)
		c.serve()
	}()
}

// admit returns a connection of a peer that may use the socket, nil with the error that
// it gets otherwise.
func (s *Server) admit(accepted net.Conn) (*conn, *Error) {
	unixConn, ok := accepted.(*net.UnixConn)
	if !ok {
		return nil, &Error{codePermitted, "the control socket is no unix socket"}
	}
	peer, err := peerOf(unixConn)
	if err != nil {
		return nil, asError(err)
	}
	if !peer.isPermitted(s.own, s.Admins) {
		return nil, &Error{codePermitted, "only root and the members of group " + adminGroup + " may use the control socket"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || peer.UID != 0 && s.byUser[peer.UID] >= s.limits.ofUser {
		return nil, &Error{CodeBusy, "too many connections to the control socket"}
	}
	s.byUser[peer.UID]++
	s.open[accepted] = struct{}{}
	s.work.Add(1)
	return newConn(s, unixConn, peer), nil
}

func (s *Server) leave(c *conn) {
	_ = c.Close() // Nothing depends on what a client has not read.
	s.mu.Lock()
	delete(s.open, c.UnixConn)
	if s.byUser[c.peer.UID]--; s.byUser[c.peer.UID] == 0 {
		delete(s.byUser, c.peer.UID)
	}
	s.mu.Unlock()
	s.work.Done()
}

// refuse sends an error, which fits into the buffer of a new connection, and closes the
// connection.
func (s *Server) refuse(accepted net.Conn, why *Error) {
	_ = accepted.SetWriteDeadline(time.Now().Add(s.limits.write))
	_ = writeLine(accepted, answer{Error: why})
	_ = accepted.Close()
}

// Close ends all commands and connections, and returns when they have ended.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.cancel()
	for c := range s.open {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.work.Wait()
}
