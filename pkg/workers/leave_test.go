package workers

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// startRestarting starts a model of a service that is being restarted. Leave returns what
// leaves is, and passes on its argument.
func startRestarting(t *testing.T, kind string, leaves bool, args ...string) (*run, <-chan int) {
	t.Helper()
	left := make(chan int, 1)
	r := startWith(t, kind, func(p *Parent) {
		p.Service.Run, p.Service.Directory = "this run", filepath.Join(t.TempDir(), "tpops")
		if err := os.Symlink("this run", p.Service.Directory+".restart"); err != nil {
			t.Fatal(err)
		}
		p.Leave = func(sessions int) bool {
			left <- sessions
			return leaves
		}
	}, args...)
	return r, left
}

// begin begins a session that cannot be handed over.
func (r *run) begin() *client {
	r.t.Helper()
	c := r.dial()
	c.ask("", "+OK")
	c.ask("USER stays", "+OK")
	c.ask("PASS x", "+OK")
	c.ask("DELE 1", "+OK")
	return c
}

// At a restart the process leaves the service and goes on with what cannot be handed over.
func TestLeave(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		r, left := startRestarting(t, kind, true)
		c, d := r.begin(), r.begin()
		r.Stop(Drain, time.Minute)
		if sessions := <-left; sessions != 2 {
			t.Errorf("left with %d sessions", sessions)
		}
		c.ask("STAT", "+OK 0 0")
		c.ask("QUIT", "+OK")
		d.ask("RSET", "+OK")
		if s := r.Stats(); s.Mailboxes == 0 {
			t.Errorf("%+v", s)
		}
		d.ask("QUIT", "+OK")
		r.ended()
	})
}

// A process that has left the service ends with another Stop.
func TestStopAfterLeave(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		for _, how := range []How{Drain, Close} {
			r, left := startRestarting(t, kind, true)
			c := r.begin()
			r.Stop(Drain, time.Minute)
			<-left
			r.Stop(how, 10*time.Second)
			c.closed("")
			r.ended()
		}
	})
}

// A process that cannot leave the service ends the sessions.
func TestCannotLeave(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		r, left := startRestarting(t, kind, false)
		c := r.begin()
		r.Stop(Drain, time.Minute)
		<-left
		c.closed("")
		r.ended()
	})
}

// Without a session that it has to go on with, a process does not leave the service.
func TestNoNeedToLeave(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		r, left := startRestarting(t, kind, true)
		c := r.begin()
		c.ask("QUIT", "+OK")
		r.Stop(Drain, time.Minute)
		r.ended()
		if len(left) > 0 {
			t.Error("left the service")
		}
	})
}

// A session that is still at work when the process leaves the service is found by later logins
// and by operators.
func TestFoundAfterLeave(t *testing.T) {
	r, left := startRestarting(t, "thread", true)
	m := r.Model.(*thread)
	c := r.dial()
	c.ask("", "+OK")
	c.ask("USER hang", "+OK")
	if _, err := c.Write([]byte("PASS x\r\n")); err != nil {
		t.Fatal(err)
	}
	names := func(all []pop3.SessionInfo) (names string) {
		for _, s := range all {
			names += s.User + " "
		}
		return names
	}
	sessions := func() string { return names(slices.Collect(r.Sessions())) }
	eventually(t, "the login", func() bool {
		all := slices.Collect(r.Sessions())
		return len(all) == 1 && all[0].Command == "PASS" && all[0].Working
	})
	r.Stop(Drain, time.Minute)
	<-left
	eventually(t, "another server", func() bool { return len(m.servers()) == 2 })
	if got, s := sessions(), r.Stats(); got != "hang " || s.Sessions != 1 {
		t.Errorf("sessions %q, %+v", got, s)
	}
	if m.servers()[1].AskTakeOver == nil {
		t.Error("a login of the other server looks for no session of the former one")
	}
	all := func(*pop3.SessionInfo) bool { return true }
	if got := names(r.Kick(all)); got != "hang " {
		t.Errorf("ended %q", got)
	}
	r.ended()
}

// A session that comes to rest while others are handed over is not lost: the process leaves the
// service and goes on with it.
func TestRestsDuringSend(t *testing.T) {
	r, left := startRestarting(t, "thread", true)
	m, opens, opened := r.Model.(*thread), make(chan struct{}), make(chan struct{})
	b := newBackend(m.Config)
	open := b.Open
	b.Open = func(ctx context.Context, a *pop3.Account, client *pop3.Client) (pop3.Mailbox, error) {
		close(opens)
		<-opened
		return open(ctx, a, client)
	}
	m.server.Load().SetBackend(b)
	idle, busy := r.dial(), r.dial()
	idle.ask("", "+OK")
	busy.ask("", "+OK")
	busy.ask("USER ann", "+OK")
	if _, err := busy.Write([]byte("PASS x\r\n")); err != nil {
		t.Fatal(err)
	}
	<-opens
	m.Service.Log = slog.New(slog.NewTextHandler(writerFunc(func([]byte) {
		close(opened)
		eventually(t, "rest", func() bool { return r.Stats().Sessions == 0 })
	}), nil))
	r.Stop(Drain, time.Minute)
	busy.ask("", "+OK ann has 1 messages")
	select {
	case sessions := <-left:
		if sessions != 1 {
			t.Errorf("left with %d sessions", sessions)
		}
	case <-r.served:
		t.Fatal("the process has ended with a session")
	}
	busy.ask("QUIT", "+OK")
	idle.closed("") // No other process has taken it over.
	r.ended()
}

// writerFunc is called at each write.
type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}
