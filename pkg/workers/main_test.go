package workers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
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

// Domains of configurations that make children fail. Those with "later" have no effect
// on the probe.
const (
	broken      = "broken.example.org"       // a child reports an error
	brokenLater = "broken-later.example.org" // the same
	crash       = "crash.example.org"        // a child exits before it can serve
	crashLater  = "crash-later.example.org"  // the same
	gated       = "gated.example.org"        // a child waits until the named pipe of gateVariable has a writer
)

const gateVariable = "WORKERS_TEST_GATE"

// failOnPurpose does what the domain of a child's configuration selects.
func failOnPurpose(c *Child) error {
	domain := c.Config.Protocol.Domain
	if !c.Probe {
		domain = strings.Replace(domain, "-later", "", 1)
	}
	switch domain {
	case broken:
		return errors.New("the configuration is broken")
	case crash:
		os.Exit(3)
	case gated:
		gate, err := os.Open(os.Getenv(gateVariable))
		if err != nil {
			return err
		}
		return gate.Close()
	}
	return nil
}

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
		Answer:   func(question []byte) []byte { return fmt.Appendf(question, " answered by %t", child.Guard != nil) },
		Open: func() (*pop3.Backend, error) {
			if string(child.Salts) != "salts" || child.Guard == nil || child.Seen == nil {
				return nil, errors.New("the task is incomplete")
			}
			if hasCertificates := string(child.Certificates) == "certificates"; hasCertificates == child.Probe {
				return nil, errors.New("the probe has certificates, or another child has none")
			}
			backend := newBackend(child.Config)
			if err := shareUsers(child, backend); err != nil {
				return nil, err
			}
			return backend, failOnPurpose(child)
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

// newBackend returns a backend with which every user has a mailbox with one message.
// The mailbox of the user hang cannot be opened before the server closes. That of the user
// stays cannot be handed over.
func newBackend(c *config.Config) *pop3.Backend {
	return &pop3.Backend{
		Authenticator: everybody{}, Release: func() {}, CommandTimeout: time.Minute, ConnectionKeepTime: time.Hour,
		Hostname: c.Protocol.Hostname, Implementation: "test",
		Open: func(ctx context.Context, a *pop3.Account, _ *pop3.Client) (pop3.Mailbox, error) {
			if a.Name == "hang" {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			m, err := pop3test.NewMemory("Subject: x\n\nx\n").Open()
			if a.Name == "stays" {
				return staying{m}, err
			}
			return m, err
		},
	}
}

// staying is a mailbox that cannot be handed over.
type staying struct{ pop3.Mailbox }

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
	log     *logBuffer
	before  []int // children of other models
}

// logBuffer is a log that several goroutines may use.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// start starts a model of a value of parallel-type.
func start(t *testing.T, kind string, args ...string) *run {
	t.Helper()
	return startWith(t, kind, func(*Parent) {}, args...)
}

// startWith starts a model, after change has changed its environment.
func startWith(t *testing.T, kind string, change func(*Parent), args ...string) *run {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &run{t: t, address: l.Addr().String(), served: make(chan error, 1), log: &logBuffer{}, before: allChildren(t)}
	c := load(t, append([]string{"--parallel-type=" + kind}, args...)...)
	r.Model = newModelWith(t, c, slog.New(slog.NewTextHandler(r.log, nil)), change)
	if err := r.Open([]Listener{{Listener: l}}); err != nil {
		t.Fatal(err)
	}
	go func() { r.served <- r.Serve() }()
	t.Cleanup(func() { r.Stop(Close, 10*time.Second) })
	return r
}

func newModel(t *testing.T, c *config.Config, log *slog.Logger) Model {
	t.Helper()
	return newModelWith(t, c, log, func(*Parent) {})
}

// newModelWith returns a model whose environment change has changed.
func newModelWith(t *testing.T, c *config.Config, log *slog.Logger, change func(*Parent)) Model {
	t.Helper()
	memory, err := guard.New(c.Processes.MaxServers)
	if err != nil {
		t.Fatal(err)
	}
	e := Environment{
		Config: c, Log: log, Ended: func(*pop3.Summary) {}, Guard: memory, Service: &handover.Service{Log: log},
		ReopenLogs: func(*config.Config) error { return nil },
	}
	p := Parent{
		Environment: e, Prepare: func(*config.Config) error { return nil }, RestoreLogs: func(*config.Config) error { return nil },
		StartHook: func() (*os.File, error) { return nil, nil }, Secrets: func() ([]byte, *os.File) { return []byte("salts"), os.Stderr },
		Certificates: func() []byte { return []byte("certificates") },
	}
	change(&p)
	if c.Processes.ParallelType == "thread" {
		open := func(c *config.Config) (*pop3.Backend, error) {
			if c.Protocol.Domain == broken {
				return nil, errors.New("the configuration is broken")
			}
			return newBackend(c), nil
		}
		return NewThread(Thread{
			Environment: p.Environment, Open: func() (*pop3.Backend, error) { return open(c) }, Reload: open,
			Answer: func(_ context.Context, question []byte) []byte { return append(question, " answered by true"...) },
		})
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
