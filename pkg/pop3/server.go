package pop3

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("pop3: server closed")

// Server accepts connections and serves a session on each. Its methods may be
// called from several goroutines. Make one with NewServer.
type Server struct {
	log   *slog.Logger
	ended func(*Summary)
	slots chan struct{} // one element for each connection at work or awaited

	ctx    context.Context // cancelled by Close
	cancel context.CancelCauseFunc

	mu        sync.Mutex
	backend   *tenancy // nil once shut down
	listeners map[net.Listener]struct{}
	conns     map[net.Conn]struct{}
	closing   chan struct{} // closed by Shutdown and Close
	sessions  sync.WaitGroup
}

// tenancy counts the sessions that a Backend serves.
type tenancy struct {
	*Backend
	sessions int
}

// NewServer returns a server that serves at most max connections at once;
// further clients wait in the queues of the listening sockets. Each session's
// end is told to ended, from several goroutines at once; nil tells nobody.
func NewServer(b *Backend, max int, log *slog.Logger, ended func(*Summary)) *Server {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if ended == nil {
		ended = func(*Summary) {}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	return &Server{
		log:       log,
		ended:     ended,
		slots:     make(chan struct{}, max),
		ctx:       ctx,
		cancel:    cancel,
		backend:   &tenancy{Backend: b},
		listeners: make(map[net.Listener]struct{}),
		conns:     make(map[net.Conn]struct{}),
		closing:   make(chan struct{}),
	}
}

// SetBackend makes b the Backend of the sessions to come. The one before is
// released when its last session has ended. After Shutdown or Close b is
// released at once.
func (s *Server) SetBackend(b *Backend) {
	s.mu.Lock()
	old := s.backend
	next := &tenancy{Backend: b}
	if old == nil {
		old = next
	} else {
		s.backend = next
	}
	release := old.sessions == 0
	s.mu.Unlock()
	if release {
		old.release()
	}
}

func (t *tenancy) release() {
	if t.Release != nil {
		t.Release()
	}
}

// Serve accepts connections from l until Shutdown or Close, which close l, and
// then returns ErrServerClosed. Errors of single accepts are logged, and tried
// again after a while; that of a listener that was closed is returned.
func (s *Server) Serve(l net.Listener) error {
	if !s.addListener(l) {
		_ = l.Close() // Nothing was accepted from it.
		return ErrServerClosed
	}
	defer s.removeListener(l)
	wait := time.Duration(0)
	for {
		// A place is taken first, so that a client who must wait does so
		// in the socket's queue, where another process may serve it.
		if !s.acquire() {
			return ErrServerClosed
		}
		conn, err := l.Accept()
		if err == nil {
			wait = 0
			s.start(conn)
			continue
		}
		<-s.slots
		if s.isClosing() {
			return ErrServerClosed
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		wait = min(max(2*wait, 5*time.Millisecond), time.Second)
		s.log.Error(string(EventAccept), slog.Any("error", err), slog.Duration("wait", wait))
		s.pause(wait)
	}
}

// acquire takes a place for a connection, or returns false when the server is
// closing.
func (s *Server) acquire() bool {
	select {
	case s.slots <- struct{}{}:
		return true
	case <-s.closing:
		return false
	}
}

// start serves conn, for which a place has been taken, in a goroutine of its
// own.
func (s *Server) start(conn net.Conn) {
	t := s.enter(conn)
	if t == nil {
		<-s.slots
		_ = conn.Close() // It came too late, and nothing was said on it.
		return
	}
	go func() {
		defer func() { <-s.slots }()
		s.serve(t, conn)
	}()
}

// ServeConn serves one session on conn, closes conn, and returns when the
// session has ended. It takes no place of those that bound Serve.
func (s *Server) ServeConn(conn net.Conn) error {
	t := s.enter(conn)
	if t == nil {
		_ = conn.Close() // Nothing was said on it.
		return ErrServerClosed
	}
	s.serve(t, conn)
	return nil
}

func (s *Server) serve(t *tenancy, conn net.Conn) {
	defer s.leave(t, conn)
	ses := newSession(t.Backend, s.log, conn)
	defer func() { s.ended(ses.summary()) }()
	ses.run(s.ctx)
}

// enter notes a connection and returns the Backend for it, nil when the server
// is closing.
func (s *Server) enter(conn net.Conn) *tenancy {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.backend == nil {
		return nil
	}
	s.backend.sessions++
	s.conns[conn] = struct{}{}
	s.sessions.Add(1)
	return s.backend
}

func (s *Server) leave(t *tenancy, conn net.Conn) {
	s.mu.Lock()
	delete(s.conns, conn)
	t.sessions--
	release := t.sessions == 0 && t != s.backend
	s.mu.Unlock()
	if release {
		t.release()
	}
	s.sessions.Done()
}

func (s *Server) addListener(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.backend == nil {
		return false
	}
	s.listeners[l] = struct{}{}
	return true
}

func (s *Server) removeListener(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
}

// Shutdown closes the listeners and waits until all sessions have ended by
// themselves, or until ctx is done, whose error it then returns.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopAccepting()
	done := make(chan struct{})
	go func() {
		s.sessions.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close closes the listeners and all connections, whatever they are doing, and
// waits until the sessions have given back what they hold. A QUIT whose
// deletions have begun is finished.
func (s *Server) Close() {
	s.stopAccepting()
	s.cancel(ErrServerClosed)
	s.mu.Lock()
	for conn := range s.conns {
		_ = conn.Close() // The session closes it again and has its own say.
	}
	s.mu.Unlock()
	s.sessions.Wait()
}

func (s *Server) stopAccepting() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.backend == nil {
		return
	}
	if s.backend.sessions == 0 {
		defer s.backend.release()
	}
	s.backend = nil
	close(s.closing)
	for l := range s.listeners {
		_ = l.Close() // Serve sees it as the error of Accept.
	}
}

func (s *Server) isClosing() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

// pause waits, or returns early when the server is closing.
func (s *Server) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.closing:
	}
}
