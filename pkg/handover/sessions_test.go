package handover

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/pkg/maildir"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// newServer returns a server without listeners that serves one Maildir to every
// user.
func newServer(t *testing.T, dir string) *pop3.Server {
	t.Helper()
	server := pop3.NewServer(&pop3.Backend{
		Authenticator: everybody(dir),
		Open: func(ctx context.Context, a *pop3.Account, _ *pop3.Client) (pop3.Mailbox, error) {
			return maildir.Open(ctx, nil, a.Maildrop, options())
		},
		CommandTimeout: time.Minute, ConnectionKeepTime: time.Hour,
	}, 10, nil, nil)
	t.Cleanup(server.Close)
	return server
}

func options() maildir.Options {
	return maildir.Options{Lock: true, LockWait: time.Minute, Log: slog.New(slog.DiscardHandler)}
}

func resumeMaildir(_ *pop3.Account, state []byte, files []*os.File) (pop3.Mailbox, error) {
	m, err := maildir.Resume(nil, state, files, options())
	if err != nil {
		return nil, err
	}
	return m, nil
}

func quiet() *Service { return &Service{Log: slog.New(slog.DiscardHandler)} }

// everybody is the Maildir that all users have.
type everybody string

func (e everybody) Authenticate(_ context.Context, a pop3.Attempt) (*pop3.Account, error) {
	return &pop3.Account{Name: a.Login, Maildrop: string(e), UID: -1, GID: -1}, nil
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

// ends checks that the connection is closed without a reply.
func (c *testClient) ends() {
	c.t.Helper()
	if line, err := c.in.ReadString('\n'); line != "" || !errors.Is(err, io.EOF) {
		c.t.Errorf("%q, %v", line, err)
	}
}

// connect starts a session and returns its client after the greeting.
func connect(t *testing.T, server *pop3.Server) *testClient {
	t.Helper()
	client, conn := socketPair(t)
	go func() { _ = server.ServeConn(conn, pop3.Port{}, nil) }()
	client.ask("", "+OK")
	return client
}

// pack suspends a server and puts its sessions into a parcel, whose state damage
// changes.
func pack(t *testing.T, server *pop3.Server, damage func([]byte) []byte) *os.File {
	t.Helper()
	parcels, _ := newParcels(server.Suspend(t.Context()), sd.MaxFiles)
	parcel := parcels[0]
	var state bytes.Buffer
	if err := parcel.write(&state); err != nil {
		t.Fatal(err)
	}
	receiver, err := sd.Pack(func(w io.Writer) error {
		_, err := w.Write(damage(state.Bytes()))
		return err
	}, append(parcel.conns, parcel.files...))
	if err != nil {
		t.Fatal(err)
	}
	parcel.close()
	return receiver
}

func unchanged(state []byte) []byte { return state }

// Sessions continue in the next process with their whole state, and their locks
// are held all the time.
func TestHandOver(t *testing.T) {
	dir := newMaildir(t)
	first, second := newServer(t, dir), newServer(t, dir)
	before, after := connect(t, first), connect(t, first)
	after.ask("USER mrose", "+OK")
	after.ask("PASS x", "+OK mrose has 2 messages")
	after.ask("DELE 1", "+OK")
	if _, err := io.WriteString(before, "USER mr"); err != nil {
		t.Fatal(err)
	}
	_, taken, err := quiet().receive(second, pack(t, first, unchanged), resumeMaildir)
	if err != nil || taken != 2 {
		t.Fatalf("%d sessions, %v", taken, err)
	}
	before.ask("ose", "+OK password required")
	after.ask("STAT", "+OK 1 ")
	after.ask("QUIT", "+OK")
	before.ask("PASS x", "+OK mrose has 1 messages")
}

// A state that cannot be read ends the sessions, and deletes nothing.
func TestTakeOverDamaged(t *testing.T) {
	tests := []struct {
		name   string
		damage func(state []byte) []byte
	}{
		{"a version of the future", func(state []byte) []byte {
			binary.BigEndian.PutUint32(state, version+1)
			return state
		}},
		{"half a state", func(state []byte) []byte { return state[:len(state)/2] }},
		{"another state behind the header", func(state []byte) []byte { return append(state[:8], "nonsense"...) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := newMaildir(t)
			first, second := newServer(t, dir), newServer(t, dir)
			client := connect(t, first)
			client.ask("USER mrose", "+OK")
			client.ask("PASS x", "+OK")
			client.ask("DELE 1", "+OK")
			receiver := pack(t, first, test.damage)
			if _, taken, err := quiet().receive(second, receiver, resumeMaildir); err == nil || taken != 0 {
				t.Errorf("%d sessions, %v", taken, err)
			}
			client.ends()
			if left, err := filepath.Glob(filepath.Join(dir, "*", "[12].*")); err != nil || len(left) != 2 {
				t.Errorf("left %q, %v", left, err)
			}
		})
	}
}

// counting is a Server that counts the open files of this process at each session.
type counting struct {
	t     *testing.T
	conns []net.Conn
	open  []int
}

func (c *counting) Abandon(...*pop3.Suspended) { c.t.Error("a session has ended") }

func (c *counting) Resume(p *pop3.Suspended) error {
	c.conns = append(c.conns, p.Conn)
	files, err := os.ReadDir("/proc/self/fd")
	c.open = append(c.open, len(files))
	return err
}

// A session needs no second descriptor of its connection until all have been taken over:
// LimitNOFILE= may allow only those that the sessions had in the process before.
func TestTakeOverDescriptors(t *testing.T) {
	const sessions = 10
	first := newServer(t, newMaildir(t))
	for range sessions {
		connect(t, first)
	}
	c := &counting{t: t}
	if _, taken, err := quiet().receive(c, pack(t, first, unchanged), resumeMaildir); err != nil || taken != sessions {
		t.Fatalf("%d sessions, %v", taken, err)
	}
	if before, after := c.open[0], c.open[sessions-1]; after > before {
		t.Errorf("%d descriptors with the first session, %d with the last one", before, after)
	}
	for _, conn := range c.conns {
		conn.Close()
	}
}

func TestTakeOverTooFewFiles(t *testing.T) {
	receiver, err := sd.Pack(func(w io.Writer) error {
		return binary.Write(w, binary.BigEndian, header{version, 5})
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, taken, err := quiet().receive(newServer(t, newMaildir(t)), receiver, resumeMaildir); err == nil {
		t.Errorf("%d sessions taken of none", taken)
	}
}
