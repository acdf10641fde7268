package process

import (
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// A child that was stopped, which its user may do, is killed.
func TestKillStuckStopped(t *testing.T) {
	f := family{NewPool(), t}
	c := f.start("word")
	f.await(c, Ready)
	now := time.Now()
	for range 2 * mostStopped {
		f.KillStuck(now)
	}
	if err := c.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for !c.isStopped() {
		runtime.Gosched()
	}
	for range mostStopped {
		if !c.isStopped() {
			t.Fatal("killed too early")
		}
		f.KillStuck(now)
	}
	f.wantKilled(c)
}

// A child that was stopped only for a moment is not killed.
func TestKillStuckContinued(t *testing.T) {
	f := family{NewPool(), t}
	c := f.start("word")
	f.await(c, Ready)
	for range mostStopped {
		for _, s := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT} {
			if err := c.cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			for c.isStopped() != (s == syscall.SIGSTOP) {
				runtime.Gosched()
			}
			f.KillStuck(time.Now())
		}
	}
	if f.members[c].stopped != 0 {
		t.Error("earlier stops are still counted")
	}
	c.Kill()
	f.wantKilled(c)
}

// A child that does not become ready is killed.
func TestKillStuckStarting(t *testing.T) {
	f := family{NewPool(), t}
	c := f.start("hang")
	f.KillStuck(time.Now())
	f.KillStuck(time.Now().Add(startTime))
	f.wantKilled(c)
}

// A child that was ordered to end during a long session has the same time to end after it
// as one without a session has after the order.
func TestHangsAfterSession(t *testing.T) {
	begun := time.Now()
	m := &member{started: begun}
	m.record(Ready, begun)
	m.record(Busy, begun)
	m.leaving, m.ordered = true, begun
	end := begun.Add(time.Hour)
	if m.hangs(end) {
		t.Error("killed during its session")
	}
	m.record(Idle, end)
	if m.hangs(end.Add(endTime - 1)) {
		t.Error("killed too early")
	}
	m.record(Idle, end.Add(endTime)) // It has no session that could have ended.
	if !m.hangs(end.Add(endTime)) {
		t.Error("not killed")
	}
}

// A deadline kills a process that is stopped.
func TestDeadline(t *testing.T) {
	f := family{NewPool(), t}
	c := f.start("deadline")
	f.wantKilled(c)
}

// stopSelf stops this process. Only its deadline ends it.
func stopSelf() error {
	d, err := NewDeadline()
	if err != nil {
		return err
	}
	if err := d.Set(50 * time.Millisecond); err != nil {
		return err
	}
	return syscall.Kill(os.Getpid(), syscall.SIGSTOP)
}

// await waits for a report of a child.
func (f family) await(c *Child, r Report) {
	f.t.Helper()
	if e := <-f.Events(); e.Child != c || e.Report != r {
		f.t.Fatalf("event %+v", e)
	} else {
		f.Record(e, time.Now())
	}
}

// wantKilled waits for the end of a child.
func (f family) wantKilled(c *Child) {
	f.t.Helper()
	for {
		e := <-f.Events()
		f.Record(e, time.Now())
		if e.Child != c || e.Exit == nil {
			continue
		}
		if s := e.Exit.Sys().(syscall.WaitStatus); !s.Signaled() || s.Signal() != syscall.SIGKILL {
			f.t.Errorf("the child ended with %v", e.Exit)
		}
		return
	}
}
