package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// testProgram is a daemon without listeners that serves one Maildir to
// everybody.
func testProgram(t *testing.T, dir string) *program {
	t.Helper()
	c, err := config.Load(config.Source{Hostname: "test.example.org", DefaultFile: filepath.Join(t.TempDir(), "none")})
	if err != nil {
		t.Fatal(err)
	}
	p := &program{config: c, logger: slog.New(slog.DiscardHandler)}
	p.server = pop3.NewServer(&pop3.Backend{
		Authenticator:  everybody(dir),
		Open:           p.maildirOpener(c),
		CommandTimeout: time.Minute, ConnectionKeepTime: time.Hour,
	}, 10, nil, nil)
	t.Cleanup(p.server.Close)
	return p
}

// everybody is the Maildir that all users have.
type everybody string

func (e everybody) Authenticate(_ context.Context, login, _ string) (*pop3.Account, error) {
	return &pop3.Account{Name: login, Maildrop: string(e), UID: -1, GID: -1}, nil
}

// newMaildir makes a Maildir with two messages.
func newMaildir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, sub := range []string{"new", "cur", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"1.a", "2.b"} {
		if err := os.WriteFile(filepath.Join(dir, "cur", name+":2,"), []byte("Subject: "+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// testClient is one end of a pair of sockets.
type testClient struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

// socketPair returns a client and the connection that a server has of it.
func socketPair(t *testing.T) (*testClient, net.Conn) {
	t.Helper()
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var conns [2]net.Conn
	for i, fd := range pair {
		f := os.NewFile(uintptr(fd), "pair")
		if conns[i], err = net.FileConn(f); err != nil {
			t.Fatal(err)
		}
		f.Close()
		t.Cleanup(func() { conns[i].Close() })
	}
	return &testClient{t, conns[0], bufio.NewReader(conns[0])}, conns[1]
}

// ask sends a command, unless it is "", and checks the beginning of the answer.
func (c *testClient) ask(command, want string) {
	c.t.Helper()
	if command != "" {
		if _, err := io.WriteString(c, command+"\r\n"); err != nil {
			c.t.Fatal(err)
		}
	}
	if line, err := c.in.ReadString('\n'); !strings.HasPrefix(line, want) {
		c.t.Fatalf("%s: %q, %v, want %s", command, line, err, want)
	}
}

// session starts a session of p and returns its client after the greeting.
func (p *program) session(t *testing.T) *testClient {
	t.Helper()
	client, conn := socketPair(t)
	go func() { _ = p.server.ServeConn(conn, pop3.Port{}, nil) }()
	client.ask("", "+OK")
	return client
}

// pack suspends p and puts its sessions into a parcel.
func (p *program) pack(t *testing.T) *os.File {
	t.Helper()
	parcel := newParcel(p.server.Suspend(t.Context()))
	receiver, err := sd.Pack(parcel.write, append(parcel.conns, parcel.files...))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(parcel.conns, parcel.files...) {
		file.(io.Closer).Close() // As the end of the process does.
	}
	return receiver
}

// Sessions go on in the next process with all that they had, and their locks
// are never free.
func TestHandOver(t *testing.T) {
	dir := newMaildir(t)
	first, second := testProgram(t, dir), testProgram(t, dir)
	before, after := first.session(t), first.session(t)
	after.ask("USER mrose", "+OK")
	after.ask("PASS x", "+OK mrose has 2 messages")
	after.ask("DELE 1", "+OK")
	if _, err := io.WriteString(before, "USER mr"); err != nil {
		t.Fatal(err)
	}
	taken, err := second.takeParcel(first.pack(t))
	if err != nil || taken != 2 {
		t.Fatalf("%d sessions, %v", taken, err)
	}
	before.ask("ose", "+OK password required")
	after.ask("STAT", "+OK 1 ")
	after.ask("QUIT", "+OK")
	before.ask("PASS x", "+OK mrose has 1 messages")
}

// What cannot be understood ends the sessions, and deletes nothing.
func TestTakeOverDamaged(t *testing.T) {
	tests := []struct {
		name   string
		damage func(state []byte) []byte
	}{
		{"a version of the future", func(state []byte) []byte {
			binary.BigEndian.PutUint32(state, handoverVersion+1)
			return state
		}},
		{"half a state", func(state []byte) []byte { return state[:len(state)/2] }},
		{"another state behind the header", func(state []byte) []byte { return append(state[:8], "nonsense"...) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := newMaildir(t)
			first, second := testProgram(t, dir), testProgram(t, dir)
			client := first.session(t)
			client.ask("USER mrose", "+OK")
			client.ask("PASS x", "+OK")
			client.ask("DELE 1", "+OK")
			parcel := newParcel(first.server.Suspend(t.Context()))
			var state strings.Builder
			if err := parcel.write(&state); err != nil {
				t.Fatal(err)
			}
			receiver, err := sd.Pack(func(w io.Writer) error {
				_, err := w.Write(test.damage([]byte(state.String())))
				return err
			}, append(parcel.conns, parcel.files...))
			if err != nil {
				t.Fatal(err)
			}
			if taken, err := second.takeParcel(receiver); err == nil || taken != 0 {
				t.Errorf("%d sessions, %v", taken, err)
			}
			client.ask("", "-ERR [SYS/TEMP]")
			if left, err := filepath.Glob(filepath.Join(dir, "*", "[12].*")); err != nil || len(left) != 2 {
				t.Errorf("left %q, %v", left, err)
			}
		})
	}
}

func TestTakeOverTooFewFiles(t *testing.T) {
	receiver, err := sd.Pack(func(w io.Writer) error {
		return binary.Write(w, binary.BigEndian, handoverHeader{handoverVersion, 5})
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if taken, err := testProgram(t, newMaildir(t)).takeParcel(receiver); err == nil {
		t.Errorf("%d sessions taken of none", taken)
	}
}

// The watchdog is fed by a session that was served, and by nothing less.
func TestCanary(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", t.TempDir())
	p := testProgram(t, newMaildir(t))
	c, err := newCanary()
	if err != nil {
		t.Fatal(err)
	}
	open := p.maildirOpener(p.config)
	if err := p.serveCanary(c, open, time.Minute); err != nil {
		t.Errorf("a server that works: %v", err)
	}
	if stats := p.server.Stats(); stats != (pop3.Stats{}) {
		t.Errorf("the canary was counted: %+v", stats)
	}
	message := filepath.Join(c.account.Maildrop, "cur", "1.canary:2,S")
	if err := os.WriteFile(message, []byte("changed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.serveCanary(c, open, time.Minute); err == nil {
		t.Error("another message is taken for the canary's")
	}
	p.server.Close()
	if err := p.serveCanary(c, open, time.Minute); err == nil {
		t.Error("a closed server is taken for one that works")
	}
}
