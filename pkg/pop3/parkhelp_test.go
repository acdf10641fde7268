package pop3_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// parking is a server on connections of the kernel, whose sessions are parked
// soon, with or without TLS.
type parking struct {
	*transcript
	t      *testing.T
	server *pop3.Server
	l      *pipeListener
	tls    bool

	mu   sync.Mutex
	ends []*pop3.Summary
}

// eachParking runs a test without and with TLS. prepare may change the Backend.
func eachParking(t *testing.T, max int, prepare func(*pop3.Backend), test func(t *testing.T, p *parking)) {
	for name, encrypted := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			p := newParking(t, max, encrypted, prepare)
			test(t, p)
			p.server.Close()
			if stats := p.server.Stats(); stats.Sessions != 0 || stats.Mailboxes != 0 || p.server.Parked() != 0 || p.server.Connections() != 0 {
				t.Errorf("after Close: %+v, %d parked, %d connections", stats, p.server.Parked(), p.server.Connections())
			}
		})
	}
}

func newParking(t *testing.T, max int, encrypted bool, prepare func(*pop3.Backend)) *parking {
	t.Helper()
	p := &parking{transcript: newTranscript(t), t: t, l: newPipeListener(), tls: encrypted}
	if err := directives["tls"](p.transcript, ""); err != nil {
		t.Fatal(err)
	}
	p.drop.Add("one\n")
	if prepare != nil {
		prepare(p.backend)
	}
	p.server = pop3.NewServer(p.backend, max, slog.New(slog.NewTextHandler(&p.log, nil)), func(s *pop3.Summary) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.ends = append(p.ends, s)
	})
	p.server.ParkSoon()
	done := make(chan error)
	go func() { done <- p.server.Serve(p.l, pop3.Port{TLS: encrypted}) }()
	t.Cleanup(func() {
		p.server.Close()
		if err := <-done; !errors.Is(err, pop3.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return p
}

// ownMaildrops gives each session a maildrop of its own.
func ownMaildrops(b *pop3.Backend) {
	b.Open = func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) {
		return pop3test.NewMemory("one\n").Open()
	}
}

// dial returns a client, and its connection below TLS.
func (p *parking) dial() (*client, *stutter) {
	p.t.Helper()
	ours, theirs := sockets(p.t)
	p.l.conns <- theirs
	below := &stutter{UnixConn: ours}
	c := &client{p.t, below, bufio.NewReader(below)}
	if p.tls {
		secured := tls.Client(below, p.clientConfig())
		c = &client{p.t, secured, bufio.NewReader(secured)}
	}
	return c, below
}

// connected returns a client that has been greeted.
func (p *parking) connected() (*client, *stutter) {
	p.t.Helper()
	c, below := p.dial()
	c.want(c.line(), "+OK TPOPS ready.")
	return c, below
}

// loggedIn returns a client that has logged in.
func (p *parking) loggedIn() (*client, *stutter) {
	p.t.Helper()
	c, below := p.dial()
	c.login("+OK mrose has 1 messages (5 octets)")
	return c, below
}

// wait returns when so many sessions are parked.
func (p *parking) wait(sessions int) {
	for p.server.Parked() != sessions && p.t.Context().Err() == nil {
		runtime.Gosched()
	}
}

// parkedOrEnded waits until the only session is parked or has ended, and returns
// how many sessions are parked.
func (p *parking) parkedOrEnded() int {
	for p.server.Connections() > 0 {
		if n := p.server.Parked(); n > 0 {
			return n
		}
		runtime.Gosched()
	}
	return 0
}

// ended returns when so many sessions have ended.
func (p *parking) ended(sessions int) {
	p.waitFor(func() bool { return len(p.ends) == sessions })
}

func (p *parking) waitFor(is func() bool) {
	for p.t.Context().Err() == nil {
		p.mu.Lock()
		done := is()
		p.mu.Unlock()
		if done {
			return
		}
		runtime.Gosched()
	}
}

// stutter is a connection that can hold back what is written.
type stutter struct {
	*net.UnixConn
	holds bool
	held  []byte
}

// Write writes p, or keeps it.
func (s *stutter) Write(p []byte) (int, error) {
	if s.holds {
		s.held = slices.Concat(s.held, p)
		return len(p), nil
	}
	return s.UnixConn.Write(p)
}

// let writes n of the octets that are held; all for -1.
func (s *stutter) let(t *testing.T, n int) {
	t.Helper()
	if n < 0 {
		n = len(s.held)
	}
	if _, err := s.UnixConn.Write(s.held[:n]); err != nil {
		t.Fatal(err)
	}
	s.held = s.held[n:]
}
