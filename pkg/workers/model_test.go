package workers

import (
	"errors"
	"log/slog"
	"testing"
	"time"
)

// eachKind runs a test for each value of parallel-type.
func eachKind(t *testing.T, test func(t *testing.T, kind string)) {
	for _, kind := range []string{"thread", "prefork", "fork"} {
		t.Run(kind, func(t *testing.T) { test(t, kind) })
	}
}

// After Finish sessions continue.
func TestStopFinish(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		r := start(t, kind)
		c := r.dial()
		c.logIn()
		eventually(t, "the login", func() bool { return r.Stats().Logins == 1 })
		if s := r.Stats(); s.Sessions != 1 || s.Mailboxes != 1 {
			t.Errorf("%+v", s)
		}
		r.Stop(Finish, 0)
		c.ask("STAT", "+OK 1 ")
		c.ask("QUIT", "+OK")
		r.ended()
	})
}

// Drain ends sessions between two commands, without a reply, when no process continues them.
func TestStopDrain(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		r := start(t, kind)
		c := r.dial()
		c.logIn()
		r.Stop(Drain, time.Minute)
		c.closed("")
		_ = c.Close() // Otherwise the server waits for the client's end.
		r.ended()
	})
}

// Close ends sessions at once.
func TestStopClose(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		r := start(t, kind)
		c := r.dial()
		c.logIn()
		r.Stop(Finish, 0)
		r.Stop(Close, time.Minute) // After Finish, too.
		if n, err := c.Read(make([]byte, 1)); err == nil {
			t.Errorf("%d bytes", n)
		}
		r.ended()
		r.Stop(Close, 0) // A model that has ended ignores it.
	})
}

// WhenIdle has no effect while a client is connected.
func TestStopWhenIdleBusy(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		r := start(t, kind)
		before := r.dial()
		before.ask("", "+OK")
		for range 3 {
			r.Stop(WhenIdle, 0)
		}
		before.ask("USER ann", "+OK")
		after := r.dial()
		after.logIn()
		after.ask("QUIT", "+OK")
		before.ask("PASS x", "+OK")
		before.ask("QUIT", "+OK")
		eventually(t, "the end of the sessions", func() bool { return r.Stats().Sessions == 0 })
		r.Stop(WhenIdle, 0)
		r.ended()
	})
}

// A client that connects while the daemon is about to end for idle-exit is served,
// or stays in the queue of the socket. It never gets an error.
func TestStopWhenIdleRace(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		for range 5 {
			r := start(t, kind)
			if kind == "prefork" {
				eventually(t, "the first child", func() bool { return r.idleChildren() > 0 })
			}
			replies := make(chan string)
			conn := r.dial()
			go func() {
				line, _ := conn.in.ReadString('\n')
				replies <- line
			}()
			r.Stop(WhenIdle, 0)
			switch line := <-replies; {
			case line == "": // With systemd the client would still be in the queue of the socket.
				r.ended()
			case line[:3] != "+OK":
				t.Fatalf("the client got %q", line)
			default:
				conn.ask("QUIT", "+OK")
			}
		}
	})
}

// idleChildren returns how many children wait for a connection.
func (r *run) idleChildren() (n int) {
	r.do(func() { n = r.Model.(*parent).pool.Counts().Idle })
	return n
}

// An invalid configuration changes nothing. A valid one is used for later sessions.
func TestReload(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		r := start(t, kind)
		before := r.dial()
		before.logIn()
		if err := r.Reload(load(t, "--parallel-type="+kind, "--domain="+broken)); err == nil || err.Error() != "the configuration is broken" {
			t.Errorf("an invalid configuration: %v", err)
		}
		if err := r.Reload(load(t, "--parallel-type="+kind)); err != nil {
			t.Errorf("a valid configuration: %v", err)
		}
		before.ask("STAT", "+OK 1 ")
		after := r.dial()
		after.logIn()
		after.ask("QUIT", "+OK")
		before.ask("QUIT", "+OK")
	})
}

// Open reports an invalid configuration.
func TestOpenBroken(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		err := newModel(t, load(t, "--parallel-type="+kind, "--domain="+broken), slog.New(slog.DiscardHandler)).Open(nil)
		var configuration *ConfigError
		if kind != "thread" && !errors.As(err, &configuration) || err == nil || err.Error() != "the configuration is broken" {
			t.Errorf("%v", err)
		}
	})
}

// With parallel-type thread max-servers is at least the number of ports.
func TestOpenTooFewPlaces(t *testing.T) {
	err := newModel(t, load(t, "--parallel-type=thread", "--max-servers=1"), slog.New(slog.DiscardHandler)).Open(make([]Listener, 2))
	var configuration *ConfigError
	if !errors.As(err, &configuration) || errors.Unwrap(configuration) == nil {
		t.Errorf("%v", err)
	}
}

// A connection is accepted only while max-servers allows a child for it.
func TestForkFull(t *testing.T) {
	r := start(t, "fork", "--max-servers=1")
	first := r.dial()
	first.logIn()
	second := r.dial()
	if err := second.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Read(make([]byte, 1)); err == nil {
		t.Error("a second session with max-servers = 1")
	}
	if err := second.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	first.ask("QUIT", "+OK")
	second.logIn()
	second.ask("QUIT", "+OK")
}

// A prefork child ends after max-use connections, and another one replaces it.
func TestPreforkMaxUse(t *testing.T) {
	r := start(t, "prefork", "--max-use=1", "--max-servers=1", "--min-servers=1")
	for range 3 {
		c := r.dial()
		c.logIn()
		c.ask("QUIT", "+OK")
	}
	eventually(t, "three logins", func() bool { return r.Stats().Logins == 3 })
}
