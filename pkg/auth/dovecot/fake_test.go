package dovecot

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// timeout is the time limit of the databases under test, in the time of a bubble.
const timeout = 30 * time.Second

// peer is Dovecot's end of a connection.
type peer struct {
	net.Conn
	lines *bufio.Scanner
	n     int // of the connection to this socket, from 1
}

// next returns the next line, "" at the end.
func (p *peer) next() string {
	if !p.lines.Scan() {
		return ""
	}
	return p.lines.Text()
}

// send sends a text, nothing if it is empty: a pipe would deliver that as a read
// without data.
func (p *peer) send(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); text != "" {
		p.Write([]byte(text))
	}
}

// greet exchanges the handshake of the socket auth-client.
func (p *peer) greet() {
	p.next()
	p.next()
	p.send("VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tCRAM-MD5\tdictionary\tactive\nMECH\tAPOP\tprivate\nSPID\t1\nCUID\t2\nCOOKIE\tab\nDONE\n")
}

// greetUserdb exchanges the handshake of the socket auth-userdb.
func (p *peer) greetUserdb() {
	p.next()
	p.send("VERSION\t1\t1\nSPID\t1\n")
}

// request is a line of a client.
type asked struct{ id, name, password string }

// parse returns what an AUTH PLAIN or USER line asks for.
func parse(line string) asked {
	words := strings.Split(line, "\t")
	switch {
	case words[0] == "USER":
		return asked{id: words[1], name: words[2]}
	case words[0] != "AUTH" || words[2] != "PLAIN":
		return asked{}
	}
	response, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(words[len(words)-1], "resp="))
	if err != nil {
		return asked{}
	}
	parts := strings.Split(string(response), "\x00")
	return asked{words[1], parts[1], parts[2]}
}

// checkPasswords answers like Dovecot with one user, ann, and a user for any other name
// that begins with u.
func checkPasswords(p *peer) {
	p.greet()
	for line := p.next(); line != ""; line = p.next() {
		a := parse(line)
		switch {
		case a.id == "":
		case (strings.EqualFold(a.name, "ann") || strings.HasPrefix(a.name, "u")) && a.password == "open sesame":
			p.send("OK\t%s\tuser=%s\n", a.id, strings.ToLower(a.name))
		default:
			p.send("FAIL\t%s\tuser=%s\n", a.id, strings.ToLower(a.name))
		}
	}
}

// findUsers answers like the userdb for checkPasswords.
func findUsers(p *peer) {
	p.greetUserdb()
	for line := p.next(); line != ""; line = p.next() {
		a := parse(line)
		if a.name == "ann" || strings.HasPrefix(a.name, "u") {
			p.send("USER\t%s\t%s\tuid=501\tgid=502\thome=/home/%s\n", a.id, a.name, a.name)
		} else {
			p.send("NOTFOUND\t%s\n", a.id)
		}
	}
}

// sockets connect a Database with two fakes. A nil fake is a socket that does not
// exist.
type sockets struct {
	auth, userdb func(*peer)

	mu    sync.Mutex
	conns map[string]int
	all   sync.WaitGroup
}

func (s *sockets) open(_ context.Context, _, address string) (net.Conn, error) {
	serve := map[string]func(*peer){"auth": s.auth, "userdb": s.userdb}[address]
	if serve == nil {
		return nil, &net.OpError{Op: "dial", Err: net.ErrClosed}
	}
	s.mu.Lock()
	s.conns[address]++
	n := s.conns[address]
	s.mu.Unlock()
	here, there := net.Pipe()
	s.all.Go(func() {
		defer there.Close()
		serve(&peer{Conn: there, lines: bufio.NewScanner(there), n: n})
	})
	return here, nil
}

// count returns how many connections there were to a socket.
func (s *sockets) count(address string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns[address]
}

// start returns a Database that asks the fakes. Everything ends with the test.
func start(t *testing.T, auth, userdb func(*peer)) (*Database, *sockets) {
	t.Helper()
	s := &sockets{auth: auth, userdb: userdb, conns: map[string]int{}}
	d := New(Options{AuthSocket: "auth", UserdbSocket: "userdb", Maildir: "Maildir", Timeout: timeout,
		Groups: func(string) ([]int, error) { return []int{7, 8}, nil }})
	d.auth.open, d.userdb.open = s.open, s.open
	t.Cleanup(func() {
		d.Close()
		s.all.Wait()
	})
	return d, s
}

// login logs a user in with the right password.
func login(ctx context.Context, d *Database, name string) (*pop3.Account, error) {
	return d.Authenticate(ctx, pop3.Attempt{Login: name, Password: "open sesame"})
}
