package workers

import (
	"os"
	"path/filepath"
	"testing"
	"time"
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
