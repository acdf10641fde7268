package workers

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/config"
	"tpops/pkg/pop3"
)

// eachParent runs a test for each process model with child processes.
func eachParent(t *testing.T, test func(t *testing.T, kind string)) {
	for _, kind := range []string{"prefork", "fork"} {
		t.Run(kind, func(t *testing.T) { test(t, kind) })
	}
}

// single are the parameters with which a model has one child that serves.
func single(kind string) []string {
	if kind == "prefork" {
		return []string{"--max-servers=1", "--min-servers=1"}
	}
	return []string{"--max-servers=1"}
}

// children returns the process ids of the children of a model, without probes.
func (r *run) children() []int {
	r.t.Helper()
	return slices.DeleteFunc(allChildren(r.t), func(pid int) bool { return slices.Contains(r.before, pid) })
}

// allChildren returns the process ids of all children of this process that serve.
func allChildren(t *testing.T) (pids []int) {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(tasks) == 0 {
		t.Fatalf("%v, %v", tasks, err)
	}
	for _, name := range tasks {
		text, _ := os.ReadFile(name) // The thread may have ended.
		for _, field := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			title, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) // The child may have ended.
			if strings.HasSuffix(string(title), "fork child\x00") {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// do runs f in the goroutine of Serve of a model with children.
func (r *run) do(f func()) {
	switch m := r.Model.(type) {
	case *parent:
		m.do(f)
	case *fork:
		m.do(f)
	}
}

// closed fails unless the server closes the connection, after a line with this prefix
// if it is not "".
func (c *client) closed(want string) {
	c.t.Helper()
	rest, err := io.ReadAll(c.in)
	if !strings.HasPrefix(string(rest), want) || want == "" && len(rest) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Errorf("got %q, %v; want %q", rest, err, want)
	}
}

// A probe that exits before it could serve makes Open and Reload fail.
func TestProbeExits(t *testing.T) {
	eachParent(t, func(t *testing.T, kind string) {
		want := "a child ended before it could serve: exit status 3"
		bad := load(t, "--parallel-type="+kind, "--domain="+crash)
		err := newModel(t, bad, slog.New(slog.DiscardHandler)).Open(nil)
		var configuration *ConfigError
		if !errors.As(err, &configuration) || err.Error() != want {
			t.Errorf("Open: %v", err)
		}
		r := start(t, kind)
		if err := r.Reload(bad); err == nil || err.Error() != want {
			t.Errorf("Reload: %v", err)
		}
		c := r.dial()
		c.logIn()
		c.ask("QUIT", "+OK")
	})
}

// gate makes children with the domain gated wait. The caller calls the function to
// let them continue.
func gate(t *testing.T) (open func()) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "gate")
	if err := unix.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(gateVariable, name)
	return func() {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
	}
}

// A probe that hangs is killed.
func TestProbeHangs(t *testing.T) {
	gate(t) // No one opens it.
	m := newModel(t, load(t, "--parallel-type=prefork"), slog.New(slog.DiscardHandler)).(*parent)
	p, err := m.startProbe(load(t, "--parallel-type=prefork", "--domain="+gated))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.wait(10 * time.Millisecond); err == nil || err.Error() != "a child was not ready after 10ms" {
		t.Errorf("%v", err)
	}
	if err := <-p.result; err == nil || !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("the probe ended with %v", err)
	}
}

// Clients are served while the probe of a reload waits for a database.
func TestReloadServes(t *testing.T) {
	eachParent(t, func(t *testing.T, kind string) {
		open := gate(t)
		r := start(t, kind)
		reloaded := make(chan error, 1)
		go func() { reloaded <- r.Reload(load(t, "--parallel-type="+kind, "--domain="+gated)) }()
		for range 3 {
			c := r.dial()
			c.logIn()
			c.ask("QUIT", "+OK")
		}
		select {
		case err := <-reloaded:
			t.Fatalf("the reload has not waited: %v", err)
		default:
		}
		open()
		if err := <-reloaded; err != nil {
			t.Error(err)
		}
		c := r.dial()
		c.logIn()
		c.ask("QUIT", "+OK")
	})
}

// If Prepare fails after the probe, the children keep the old parameters and continue.
func TestReloadPrepareFails(t *testing.T) {
	eachParent(t, func(t *testing.T, kind string) {
		fail := false
		want := errors.New("log file: permission denied")
		r := startWith(t, kind, func(p *Parent) {
			p.Prepare = func(*config.Config) error {
				if fail {
					return want
				}
				return nil
			}
		})
		c := r.dial()
		c.logIn()
		r.do(func() { fail = true })
		if err := r.Reload(load(t, "--parallel-type="+kind, "--hostname=other.example.org")); !errors.Is(err, want) {
			t.Errorf("%v", err)
		}
		c.ask("STAT", "+OK 1 ")
		c.ask("QUIT", "+OK")
		after := r.dial()
		after.logIn()
		after.ask("QUIT", "+OK")
	})
}

// Errors of Open say which part has failed.
func TestOpenFails(t *testing.T) {
	eachParent(t, func(t *testing.T, kind string) {
		reason := errors.New("reason")
		tests := []struct {
			name            string
			change          func(*Parent)
			isConfiguration bool
		}{
			{"Prepare", func(p *Parent) { p.Prepare = func(*config.Config) error { return reason } }, true},
			{"RestoreLogs", func(p *Parent) { p.RestoreLogs = func(*config.Config) error { return reason } }, true},
			{"StartHook", func(p *Parent) { p.StartHook = func() (*os.File, error) { return nil, reason } }, false},
		}
		for _, tt := range tests {
			m := newModelWith(t, load(t, "--parallel-type="+kind), slog.New(slog.DiscardHandler), tt.change)
			err := m.Open(nil)
			var configuration *ConfigError
			if !errors.Is(err, reason) || errors.As(err, &configuration) != tt.isConfiguration {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
	})
}

// pipeListener is a listener without a descriptor.
type pipeListener struct{ net.Listener }

func (pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// A listener that is no socket cannot be passed to children or interrupted.
func TestOpenNotSocket(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		m := newModel(t, load(t, "--parallel-type="+kind), slog.New(slog.DiscardHandler))
		if err := m.Open([]Listener{{Listener: pipeListener{}}}); err == nil || err.Error() != "pipe: not a socket" {
			t.Errorf("%v", err)
		}
	})
}

// Children that exit at startup are started again with a growing wait. A valid
// configuration ends that.
func TestChildrenCrash(t *testing.T) {
	r := start(t, "prefork", "--domain="+crashLater, "--min-servers=2")
	eventually(t, "a wait", func() bool { return strings.Contains(r.log.String(), "wait=1s") })
	if n := strings.Count(r.log.String(), "child failed"); n != 2 {
		t.Errorf("%d failures were logged:\n%s", n, r.log)
	}
	if !strings.Contains(r.log.String(), `error="exit status 3"`) {
		t.Errorf("log:\n%s", r.log)
	}
	if err := r.Reload(load(t, "--parallel-type=prefork")); err != nil {
		t.Fatal(err)
	}
	c := r.dial()
	c.logIn()
	c.ask("QUIT", "+OK")
}

// The error that a child reports is logged once, and not again at its end.
func TestChildReportsError(t *testing.T) {
	r := start(t, "prefork", "--domain="+brokenLater, "--max-servers=1", "--min-servers=1")
	eventually(t, "a wait", func() bool { return strings.Contains(r.log.String(), "wait=1s") })
	if n := strings.Count(r.log.String(), `error="the configuration is broken"`); n != 2 || strings.Contains(r.log.String(), "exit status") {
		t.Errorf("%d failures were logged:\n%s", n, r.log)
	}
}

// The client of a fork child that cannot serve gets a temporary error, except with TLS.
func TestForkChildFails(t *testing.T) {
	for domain, want := range map[string]string{brokenLater: "-ERR [SYS/TEMP]", crashLater: ""} {
		r := start(t, "fork", "--domain="+domain)
		r.dial().closed(want)
		eventually(t, "the log", func() bool { return strings.Contains(r.log.String(), "child failed") })
	}
}

// The client of a child that cannot be started gets a temporary error.
func TestForkStartFails(t *testing.T) {
	fail := false
	r := startWith(t, "fork", func(p *Parent) {
		p.RestoreLogs = func(*config.Config) error {
			if fail {
				return errors.New("disk full")
			}
			return nil
		}
	})
	r.do(func() { fail = true })
	r.dial().closed("-ERR [SYS/TEMP]")
	if !strings.Contains(r.log.String(), `msg="child start failed" error="disk full" wait=0s`) {
		t.Errorf("log:\n%s", r.log)
	}
	r.dial().closed("-ERR [SYS/TEMP]")
	third := r.dial() // After two failures no connection is accepted for a second.
	r.do(func() { fail = false })
	third.logIn()
	third.ask("QUIT", "+OK")
}

// With TLS a client cannot read a reply before the handshake, and gets none.
func TestForkStartFailsTLS(t *testing.T) {
	f := newModelWith(t, load(t, "--parallel-type=fork"), slog.New(slog.DiscardHandler), func(p *Parent) {
		p.RestoreLogs = func(*config.Config) error { return errors.New("disk full") }
	}).(*fork)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours := os.NewFile(uintptr(pair[0]), "client")
	defer ours.Close()
	f.serve(os.NewFile(uintptr(pair[1]), "server"), pop3.Port{TLS: true})
	if got, err := io.ReadAll(ours); err != nil || len(got) != 0 {
		t.Errorf("%q, %v", got, err)
	}
}

// A killed child is logged and replaced. Only its client loses its session.
func TestChildKilled(t *testing.T) {
	eachParent(t, func(t *testing.T, kind string) {
		r := start(t, kind, single(kind)...)
		c := r.dial()
		c.logIn()
		pids := r.children()
		if len(pids) != 1 {
			t.Fatalf("%d children", len(pids))
		}
		if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		c.closed("")
		next := r.dial()
		next.logIn()
		next.ask("QUIT", "+OK")
		if !strings.Contains(r.log.String(), `error="signal: killed" pid=`+strconv.Itoa(pids[0])) {
			t.Errorf("log:\n%s", r.log)
		}
	})
}

// An administrator can end a child with a signal: SIGTERM after its session, SIGINT at
// once.
func TestChildSignals(t *testing.T) {
	eachParent(t, func(t *testing.T, kind string) {
		r := start(t, kind, single(kind)...)
		c := r.dial()
		c.logIn()
		first := r.children()
		if err := syscall.Kill(first[0], syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		c.ask("STAT", "+OK 1 ")
		c.ask("QUIT", "+OK")
		// The first child may take one more client before it sees the signal. It serves
		// that client, or tells it to try again, and ends.
		eventually(t, "a login at another child", func() bool {
			c = r.dial()
			_, _ = c.in.ReadString('\n') // the greeting
			_, _ = io.WriteString(c, "USER ann\r\nPASS x\r\n")
			_, _ = c.in.ReadString('\n')
			line, _ := c.in.ReadString('\n')
			if strings.HasPrefix(line, "+OK") && r.children()[0] != first[0] {
				return true
			}
			_ = c.Close()
			return false
		})
		second := r.children()
		if len(second) != 1 || second[0] == first[0] {
			t.Fatalf("children %v, then %v", first, second)
		}
		if err := syscall.Kill(second[0], syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		c.closed("")
	})
}

// A prefork child that has served ends after max-idle.
func TestPreforkMaxIdle(t *testing.T) {
	r := start(t, "prefork", "--max-idle=1", "--max-servers=1", "--min-servers=1")
	c := r.dial()
	c.logIn()
	before := r.children()
	c.ask("QUIT", "+OK")
	eventually(t, "another child", func() bool {
		now := r.children()
		return len(now) == 1 && now[0] != before[0]
	})
}
