package pop3_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// drops gives each session a maildrop that no other one has.
type drops struct {
	mu   sync.Mutex
	next int
	all  map[string]*pop3test.Memory // by the text of the first message
}

const dropMessages = 20

func (d *drops) open(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next++
	var texts []string
	for n := range dropMessages {
		texts = append(texts, fmt.Sprintf("drop %d message %d\n", d.next, n+1))
	}
	drop := pop3test.NewMemory(texts...)
	d.all[strings.TrimSpace(texts[0])] = drop
	return drop.Open()
}

// user is a client that remembers what it has been shown and has deleted.
type user struct {
	*client
	random *rand.Rand
	first  string // the text of message 1
	marked map[int]bool
}

// send sends a command, in pieces, between which the session may be parked.
func (u *user) send(command string) error {
	text := []byte(command + "\r\n")
	for len(text) > 0 {
		n := 1 + u.random.IntN(len(text))
		if _, err := u.Write(text[:n]); err != nil {
			return err
		}
		text = text[n:]
		for range u.random.IntN(3) * u.random.IntN(200) {
			runtime.Gosched()
		}
	}
	return nil
}

// exchange sends a command and compares the reply.
func (u *user) exchange(command string, want ...string) error {
	if err := u.send(command); err != nil {
		return err
	}
	for _, line := range want {
		if got := u.line(); got != line {
			return fmt.Errorf("%s: got %q, want %q", command, got, line)
		}
	}
	return nil
}

// work sends commands and compares what comes with what has come before.
func (u *user) work(commands int) error {
	for range commands {
		n, err := 2+u.random.IntN(dropMessages-1), error(nil)
		switch kind := u.random.IntN(10); {
		case kind == 0:
			err = u.exchange("RSET", "+OK")
			clear(u.marked)
		case kind < 5 && !u.marked[n]:
			err = u.exchange(fmt.Sprint("DELE ", n), "+OK message deleted")
			u.marked[n] = true
		default:
			err = u.exchange("RETR 1\r\nNOOP", fmt.Sprintf("+OK %d octets", len(u.first)+2), u.first, ".", "+OK")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// left returns the messages that have to be there after QUIT.
func (u *user) left() (texts []string) {
	for n := 1; n <= dropMessages; n++ {
		if !u.marked[n] {
			texts = append(texts, strings.Replace(u.first, "message 1", fmt.Sprint("message ", n), 1)+"\n")
		}
	}
	return texts
}

// logInUser returns a client that has logged in and seen its first message.
func (p *parking) logInUser(seed uint64) (*user, *stutter) {
	p.t.Helper()
	c, below := p.dial()
	if got := c.line(); got != "+OK TPOPS ready." {
		p.t.Errorf("greeting %q", got)
	}
	u := &user{client: c, random: rand.New(rand.NewPCG(seed, 1)), marked: make(map[int]bool)}
	for _, command := range []string{"USER mrose", "PASS tanstaaf", "RETR 1"} {
		if got := c.ask(command); !strings.HasPrefix(got, "+OK") {
			p.t.Errorf("%s: %s", command, got)
		}
	}
	u.first = c.line()
	c.want(c.line(), ".")
	return u, below
}

// quit ends a session and compares what it has deleted.
func (d *drops) quit(u *user) error {
	if err := u.exchange("QUIT", "+OK server signing off", "EOF"); err != nil {
		return err
	}
	d.mu.Lock()
	drop := d.all[u.first]
	d.mu.Unlock()
	if got := drop.Texts(); !slices.Equal(got, u.left()) {
		return fmt.Errorf("%s: left %q, marked %v", u.first, got, u.marked)
	}
	return nil
}

// Sessions go from one server to the next while their clients send parts of
// commands. Each client sees its own messages only, and QUIT deletes what that
// client has marked.
func TestParkedHandedOver(t *testing.T) {
	const users, servers = 20, 15
	d := &drops{all: make(map[string]*pop3test.Memory)}
	p := newParking(t, users, false, func(b *pop3.Backend) { b.Open = d.open })
	done := make(chan error, users)
	var ended atomic.Int64
	var all []*user
	for i := range users {
		u, _ := p.logInUser(uint64(i))
		all = append(all, u)
	}
	for _, u := range all {
		go func() {
			err := u.work(60)
			if err == nil {
				err = d.quit(u)
			}
			ended.Add(1)
			done <- err
		}()
	}
	server := p.server
	for range servers {
		for range 2000 {
			runtime.Gosched()
		}
		sessions := server.Suspend(t.Context())
		server = pop3.NewServer(p.backend, users, nil, nil)
		server.ParkSoon()
		for _, s := range sessions {
			if err := server.Resume(s); err != nil {
				t.Error(err)
			}
		}
	}
	for range users {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	server.Close()
	if s := server.Stats(); s.Sessions != 0 || s.Mailboxes != 0 {
		t.Errorf("%+v", s)
	}
}

// evictor is a guard that evicts whoever has not logged in.
type evictor struct {
	mu     sync.Mutex
	evicts map[*evicted]func(*pop3.Refusal)
}

type evicted struct {
	pop3.Limiter
	of *evictor
}

func (e *evictor) Accept(c pop3.Connection) (pop3.Limiter, *pop3.Refusal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := &evicted{of: e}
	e.evicts[l] = c.Evict
	return l, nil
}

func (e *evictor) evictOne() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for l, evict := range e.evicts {
		evict(refusals["evict"])
		delete(e.evicts, l)
		return true
	}
	return false
}

func (l *evicted) Begin(pop3.Attempt) (pop3.Permit, *pop3.Refusal) { return pop3.Permit{}, nil }
func (l *evicted) End(string, error)                               {}
func (l *evicted) LogIn(string, int) *pop3.Refusal                 { l.Close(); return nil }
func (l *evicted) LogOut()                                         {}
func (l *evicted) Close() {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	delete(l.of.evicts, l)
}

// Connections come and go, are evicted, and get the descriptors of earlier ones,
// while other sessions work. No session is woken or closed for another one.
func TestParkedReused(t *testing.T) {
	const users = 10
	for name, encrypted := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			d := &drops{all: make(map[string]*pop3test.Memory)}
			g := &evictor{evicts: make(map[*evicted]func(*pop3.Refusal))}
			p := newParking(t, 2*users+1, encrypted, func(b *pop3.Backend) { b.Open, b.Guard = d.open, g })
			var all []*user
			for i := range users {
				u, _ := p.logInUser(uint64(i))
				all = append(all, u)
			}
			var working, others sync.WaitGroup
			for _, u := range all {
				working.Go(func() {
					err := u.work(60)
					if err == nil {
						err = d.quit(u)
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			stop := make(chan struct{})
			for i := range users {
				others.Go(func() {
					for n := i; !isClosed(stop); n++ {
						c, below := p.dial()
						_, _ = io.WriteString(c, []string{"", "U", "NOOP\r\n", "QUIT\r\n"}[n%4])
						_ = c.line()
						g.evictOne()
						if n%3 == 0 {
							_ = c.line()
						}
						_ = below.Close()
					}
				})
			}
			working.Wait()
			close(stop)
			others.Wait()
			p.wait(0)
			for p.server.Connections() > 0 {
				runtime.Gosched()
			}
			if n := len(g.evicts); n > 0 {
				t.Errorf("%d connections still count", n)
			}
		})
	}
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// unwatched is a connection that the kernel cannot wait for.
type unwatched struct {
	net.Conn
	file *os.File
}

func (u unwatched) SyscallConn() (syscall.RawConn, error) {
	file, err := u.file.SyscallConn()
	if err != nil {
		return nil, err
	}
	conn, err := u.Conn.(syscall.Conn).SyscallConn()
	return rawUnwatched{file, conn}, err
}

// rawUnwatched shows the file to who would wait, and writes to the connection.
type rawUnwatched struct {
	syscall.RawConn
	conn syscall.RawConn
}

func (u rawUnwatched) Write(f func(fd uintptr) bool) error { return u.conn.Write(f) }

// A session that epoll(7) does not take waits without being parked.
func TestUnparkable(t *testing.T) {
	p := newParking(t, 1, false, nil)
	ours, theirs := sockets(t)
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p.l.conns <- unwatched{theirs, file}
	c := &client{t, ours, bufio.NewReader(ours)}
	c.login("+OK mrose has 1 messages (5 octets)")
	for range 20 {
		for range 100 {
			runtime.Gosched()
		}
		c.want(c.ask("NOOP"), "+OK")
	}
	c.want(c.ask("QUIT"), "+OK server signing off")
	p.ended(1)
}

// A fault in a session that was parked ends this one only.
func TestParkedPanic(t *testing.T) {
	eachParking(t, 2, func(b *pop3.Backend) {
		b.Open = func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) {
			mailbox, err := pop3test.NewMemory("one\n").Open()
			return faulty{mailbox}, err
		}
	}, func(t *testing.T, p *parking) {
		c, _ := p.loggedIn()
		d, _ := p.loggedIn()
		p.wait(2)
		_, _ = io.WriteString(c, "RETR 1\r\n")
		c.want(c.line(), "EOF")
		p.ended(1)
		p.wait(1)
		d.want(d.ask("NOOP"), "+OK")
		next, _ := p.loggedIn()
		next.want(next.ask("QUIT"), "+OK server signing off")
	})
}

type faulty struct{ pop3.Mailbox }

func (faulty) Open(context.Context, int) (io.ReadCloser, error) { panic("a fault") }

// What is no TLS ends a session in TLS as soon as its beginning arrives.
func TestParkedNoRecord(t *testing.T) {
	for _, text := range []string{"QUIT\r\n", "GET / HTTP/1.1\r\n", "\x16\x02\x00\x40\x00", "\x17\x03\x01\x00\x20"} {
		t.Run(fmt.Sprintf("%q", text), func(t *testing.T) {
			p := newParking(t, 1, true, nil)
			_, below := p.loggedIn()
			p.wait(1)
			_, _ = io.WriteString(below.UnixConn, text)
			p.ended(1)
		})
	}
}
