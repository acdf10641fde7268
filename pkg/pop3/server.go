package pop3

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"time"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("pop3: server closed")

// Server accepts connections and serves a session on each. Its methods may be
// called from several goroutines. Make one with NewServer.
type Server struct {
	// Rest, unless nil, is called a moment after work if nearly all sessions wait
	// for their clients. It is set before the first connection. A call may begin
	// before the last one has returned.
	Rest func()

	// Board, unless nil, shows what the one session of this process does. It is set
	// before the first connection. The goroutine of the session calls its methods.
	Board Board

	// AskTakeOver, unless nil, is called instead of TakeOver for a login whose Maildir is
	// locked. It is set before the first connection. Goroutines of sessions call it.
	AskTakeOver func(maildrop string, silent time.Duration) *SessionInfo

	// Observer, unless nil, gets the dialogues. It is set before the first connection.
	// Several goroutines call its methods.
	Observer Observer

	// Recorder, unless nil, keeps the last lines of the dialogues. It is set before the
	// first connection. Several goroutines call its methods.
	Recorder Recorder

	log    *slog.Logger
	pid    int // of this process
	began  time.Time
	ended  func(*Summary)
	ctx    context.Context // cancelled by Close
	cancel context.CancelCauseFunc

	// Goroutines may share each of these, which guards itself: the Server has no lock.
	closing   *request // made by Shutdown and Close
	suspend   suspension
	listeners *listeners
	places    *places
	crew      *crew // serves connections that were accepted
	backend   nextBackend
	registry  *registry
	work      *work
	stats     stats
	logins    logins
}

// NewServer returns a server that serves at most max connections at once;
// further clients wait in the queues of the listening sockets. ended is
// called after each session, from several goroutines at once, unless it is nil.
func NewServer(b *Backend, max int, log *slog.Logger, ended func(*Summary)) *Server {
	return newServer(newCountedBackend(b), max, log, ended)
}

// newServer is NewServer with a Backend of which the server has a use.
func newServer(b *countedBackend, max int, log *slog.Logger, ended func(*Summary)) *Server {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if ended == nil {
		ended = func(*Summary) {}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	s := &Server{
		log:     log,
		pid:     os.Getpid(),
		began:   time.Now(),
		ended:   ended,
		places:  newPlaces(max),
		ctx:     ctx,
		cancel:  cancel,
		backend: nextBackend{current: b},
		closing: newRequest(),
		suspend: suspension{request: newRequest()},
	}
	s.listeners = newListeners(s.closing)
	s.registry = newRegistry(func(ses *session) { s.serve(ses) })
	s.work = &work{lot: &s.registry.lot, closing: s.closing, parkAfter: usualParkAfter}
	s.crew = newCrew(s.closing.begun)
	return s
}

// Port is what a session has to know of the socket that its connection came
// from. The zero value is an ordinary one.
type Port struct {
	TLS bool // TLS comes first, before the greeting (RFC 8314 §3.3)
}

// Serve accepts connections from l, which port describes, until Shutdown or
// Close, which close l, and then returns ErrServerClosed. Errors of single
// accepts are logged, and tried again after a while; that of a listener that was
// closed is returned. Each call holds one of the server's places while it waits
// for a connection, so that there have to be as many.
func (s *Server) Serve(l net.Listener, port Port) error {
	if !s.listeners.add(l) {
		_ = l.Close() // Nothing was accepted from it.
		return ErrServerClosed
	}
	defer s.listeners.remove(l)
	s.backend.get().mustServe()
	wait := time.Duration(0)
	for {
		// A place is taken first, so that a client that must wait does so
		// in the socket's queue, where another process may serve it.
		if !s.places.reserve(s.closing) {
			return ErrServerClosed
		}
		conn, err := l.Accept()
		if err == nil {
			wait = 0
			s.start(conn, port)
			continue
		}
		s.places.cancel()
		if s.closing.hasBegun() {
			return ErrServerClosed
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		wait = min(max(2*wait, 5*time.Millisecond), time.Second)
		s.log.Error(string(EventAccept), slog.Any("error", err), slog.Duration("wait", wait))
		s.closing.pause(wait)
	}
}

// Full reports whether so many places are taken that a call of Serve may have to
// wait for one before it accepts a connection.
func (s *Server) Full() bool { return s.places.full(s.listeners.count()) }
