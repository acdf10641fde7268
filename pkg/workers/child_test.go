package workers

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"testing"
	"time"

	"tpops/pkg/workers/process"
)

// newTestChild returns a child without a parent, and its log.
func newTestChild(t *testing.T) (*Child, *logBuffer) {
	t.Helper()
	poller, err := process.NewPoller(nil)
	if err != nil {
		t.Fatal(err)
	}
	log := &logBuffer{}
	return &Child{Config: load(t), poller: poller, orders: make(chan process.Order, 8), log: slog.New(slog.NewTextHandler(log, nil))}, log
}

// nextOrder returns the order that the child gets next.
func (c *Child) nextOrder(t *testing.T) process.Order {
	t.Helper()
	if input := c.poller.Next(false, time.Minute); !input.Woken {
		t.Fatalf("%+v", input)
	}
	return <-c.orders
}

// Signals become orders. Signals for the parent are ignored.
func TestRelaySignals(t *testing.T) {
	c, _ := newTestChild(t)
	signals := make(chan os.Signal, 4)
	c.program.Signals = signals
	go c.relaySignals()
	signals <- syscall.SIGHUP
	signals <- syscall.SIGTERM
	if got := c.nextOrder(t); got != process.Shutdown {
		t.Errorf("SIGTERM: %q", got)
	}
	signals <- syscall.SIGUSR1
	signals <- syscall.SIGINT
	if got := c.nextOrder(t); got != process.Close {
		t.Errorf("SIGINT: %q", got)
	}
	close(signals)
}

// When the process that calls PAM has ended, the child ends after its session.
func TestWatchPAM(t *testing.T) {
	c, log := newTestChild(t)
	c.program.PAMEnded = func() <-chan struct{} { return nil }
	c.watchPAM() // Without PAM it has no effect.
	ended := make(chan struct{})
	c.program.PAMEnded = func() <-chan struct{} { return ended }
	c.watchPAM()
	if input := c.poller.Next(false, 0); input != (process.Input{}) {
		t.Errorf("%+v", input)
	}
	close(ended)
	if got := c.nextOrder(t); got != process.Renew {
		t.Errorf("%q", got)
	}
	if got := log.String(); got == "" {
		t.Error("nothing was logged")
	}
}

// An error of the log files is logged, except that of a user who must not open them.
func TestReopenLogs(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{nil, false}, {fmt.Errorf("access-log: %w", os.ErrPermission), false}, {errors.New("disk full"), true},
	} {
		c, log := newTestChild(t)
		c.program.ReopenLogs = func() error { return tt.err }
		c.reopenLogs()
		if got := log.String() != ""; got != tt.want {
			t.Errorf("%v: logged %v", tt.err, got)
		}
	}
}

// A child without a session ends at the first order, or with its parent.
func TestServeListenersEnds(t *testing.T) {
	for name, prepare := range map[string]func(*Child){
		"order": func(c *Child) { c.orders <- process.Renew; c.poller.Wake() },
		"two orders": func(c *Child) {
			c.orders <- process.Renew
			c.orders <- process.Renew
			c.poller.Wake()
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newTestChild(t)
			c.program.PAMEnded = func() <-chan struct{} { return nil }
			c.program.ReopenLogs = func() error { return nil }
			c.program.LookAtCertificates = func() {}
			prepare(c)
			c.serveListeners()
			if !c.ending {
				t.Error("the child is not ending")
			}
		})
	}
}

// An input without an order does not end a child.
func TestObeyNothing(t *testing.T) {
	c, _ := newTestChild(t)
	for _, input := range []process.Input{{}, {Woken: true}, {Err: errors.New("out of memory")}} {
		if c.obey(input); c.ending {
			t.Errorf("%+v ends the child", input)
		}
	}
	if c.obey(process.Input{Orphaned: true}); !c.ending {
		t.Error("the end of the parent does not end the child")
	}
}

// rejectClient does nothing for a child without a connection.
func TestRejectClientNone(t *testing.T) {
	c, log := newTestChild(t)
	c.rejectClient()
	if got := log.String(); got != "" {
		t.Errorf("log:\n%s", got)
	}
}
