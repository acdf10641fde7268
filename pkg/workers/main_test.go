package workers

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/confine"
	"tpops/pkg/guard"
	"tpops/pkg/handover"
	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
	"tpops/pkg/workers/rights"
)

// TestMain makes the test program a child when a model of a test starts it.
func TestMain(m *testing.M) {
	if IsChild() {
		os.Exit(beChild())
	}
	os.Exit(m.Run())
}

// broken is the domain of configurations with which a child cannot serve.
const broken = "broken.example.org"

func beChild() int {
	child, err := Inherit()
	if err != nil {
		return 71
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	log := slog.New(slog.DiscardHandler)
	err = child.Serve(ChildProgram{
		Log: log, Signals: signals, ReopenLogs: func() error { return nil }, LookAtCertificates: func() {},
		PAMEnded: func() <-chan struct{} { return nil },
		Open: func() (*pop3.Backend, error) {
			if child.Config.Protocol.Domain == broken || string(child.Salts) != "salts" || child.Guard == nil || child.Seen == nil {
				return nil, errors.New("the configuration is broken")
			}
			return newBackend(child.Config), nil
		},
		Rights: func() *rights.Rights {
			return &rights.Rights{Policy: confine.Policy{AllFiles: true}, Log: log, Finish: func() {}, ClosePAM: func() {}}
		},
	})
	if err != nil {
		return 78
	}
	return 0
}

// newBackend returns a backend with which every user has a mailbox with one
// message. The domain of the configuration is shown by the greeting.
func newBackend(c *config.Config) *pop3.Backend {
	return &pop3.Backend{
		Authenticator: everybody{}, Release: func() {}, CommandTimeout: time.Minute, ConnectionKeepTime: time.Hour,
		Hostname: c.Protocol.Hostname, Implementation: "test",
		Open: func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) {
			return pop3test.NewMemory("Subject: x\n\nx\n").Open()
		},
	}
}

type everybody struct{}

func (everybody) Authenticate(_ context.Context, a pop3.Attempt) (*pop3.Account, error) {
	return &pop3.Account{Name: a.Login, Maildrop: os.TempDir(), UID: -1, GID: -1}, nil
}

// load returns a configuration.
func load(t *testing.T, args ...string) *config.Config {
	t.Helper()
	c, err := config.Load(config.Source{
		Args: args, Hostname: "test.example.org", DefaultFile: filepath.Join(t.TempDir(), "none"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// run is a model that serves one port.
type run struct {
	Model
	t       *testing.T
	address string
	served  chan error
}

// start starts a model of each kind that parallel-type has.
func start(t *testing.T, kind string, args ...string) *run {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &run{t: t, address: l.Addr().String(), served: make(chan error, 1)}
	c := load(t, append([]string{"--parallel-type=" + kind}, args...)...)
	r.Model = newModel(t, c, slog.New(slog.DiscardHandler))
	if err := r.Open([]Listener{{Listener: l}}); err != nil {
		t.Fatal(err)
	}
	go func() { r.served <- r.Serve() }()
	t.Cleanup(func() { r.Stop(Close, 10*time.Second) })
	return r
}

func newModel(t *testing.T, c *config.Config, log *slog.Logger) Model {
	t.Helper()
	memory, err := guard.New(c.Processes.MaxServers)
	if err != nil {
		t.Fatal(err)
	}
	e := Environment{
		Config: c, Log: log, Ended: func(*pop3.Summary) {}, Guard: memory, Service: &handover.Service{Log: log},
	}
	if c.Processes.ParallelType == "thread" {
		open := func(c *config.Config) (*pop3.Backend, error) {
			if c.Protocol.Domain == broken {
				return nil, errors.New("the configuration is broken")
			}
			return newBackend(c), nil
		}
		return NewThread(Thread{Environment: e, Open: func() (*pop3.Backend, error) { return open(c) }, Reload: open})
	}
	p := Parent{
		Environment: e, Prepare: func(*config.Config) error { return nil }, RestoreLogs: func(*config.Config) error { return nil },
		StartHook: func() (*os.File, error) { return nil, nil }, Secrets: func() ([]byte, *os.File) { return []byte("salts"), os.Stderr },
	}
	if c.Processes.ParallelType == "fork" {
		return NewFork(p)
	}
	return NewPrefork(p)
}

// ended fails unless Serve returns nil.
func (r *run) ended() {
	r.t.Helper()
	select {
	case err := <-r.served:
		if err != nil {
			r.t.Errorf("Serve: %v", err)
		}
	case <-time.After(30 * time.Second):
		r.t.Fatal("Serve does not return")
	}
}

// client is a connection to a model.
type client struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func (r *run) dial() *client {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		r.t.Fatal(err)
	}
	return &client{r.t, conn, bufio.NewReader(conn)}
}

// ask sends a command, unless it is "", and checks the beginning of the reply.
func (c *client) ask(command, want string) {
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

func (c *client) logIn() {
	c.t.Helper()
	c.ask("", "+OK")
	c.ask("USER ann", "+OK")
	c.ask("PASS x", "+OK")
}

// eventually waits until f returns true.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !f(); {
		if time.Now().After(end) {
			t.Fatalf("%s does not happen", what)
		}
		time.Sleep(time.Millisecond)
	}
}
