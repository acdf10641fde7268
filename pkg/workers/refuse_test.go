package workers

import (
	"net"
	"testing"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/pop3"
	"tpops/pkg/workers/process"
)

// spoil makes a model wait for at least a minute, as after many failures.
func (r *run) spoil() {
	m, ok := r.Model.(*parent)
	if !ok {
		m = r.Model.(*fork).parent
	}
	m.do(func() {
		for now := time.Now(); m.backoff.Left(time.Now()) < time.Minute; {
			wait, _ := m.backoff.Failed(now)
			now = now.Add(wait)
		}
	})
}

// While no child can serve, clients get a temporary error. A configuration with which
// children can serve ends that at once.
func TestRefuse(t *testing.T) {
	eachParent(t, func(t *testing.T, kind string) {
		r := start(t, kind, "--domain="+map[string]string{"prefork": brokenLater, "fork": crashLater}[kind])
		r.spoil()
		first := r.dial() // An accept may be pending, and its child fails.
		_, _ = first.in.ReadString('\n')
		r.spoil()
		r.dial().closed("-ERR [SYS/TEMP]")
		if err := r.Reload(load(t, "--parallel-type="+kind)); err != nil {
			t.Fatal(err)
		}
		c := r.dial()
		c.logIn()
		c.ask("QUIT", "+OK")
	})
}

// waiting returns a prefork parent whose children have failed so often that it waits, with
// a client in the queue of its socket.
func waiting(t *testing.T, failures int, port pop3.Port) (m *parent, c *client, now time.Time) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m = newParent(Parent{Environment: Environment{Config: load(t, "--max-servers=2")}})
	if err := m.takeListeners([]Listener{{Listener: l, Port: port}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.stopFiles)
	for range failures {
		now = now.Add(time.Hour)
		m.backoff.Failed(now)
	}
	c = (&run{t: t, address: l.Addr().String()}).dial()
	return m, c, now
}

// isWaiting checks that the client is still in the queue of the socket.
func isWaiting(t *testing.T, m *parent) {
	t.Helper()
	conn := process.AcceptWaiting(m.files[0])
	if conn == nil {
		t.Fatal("no client waits")
	}
	conn.Close()
}

// A client is refused only if it would have to wait for longer than a moment.
func TestRefuseShortWait(t *testing.T) {
	for failures := range 3 {
		m, _, now := waiting(t, failures, pop3.Port{})
		m.refuse(now)
		isWaiting(t, m)
	}
	m, c, now := waiting(t, 3, pop3.Port{})
	m.refuse(now)
	c.closed("-ERR [SYS/TEMP]")
	m, _, now = waiting(t, 3, pop3.Port{})
	m.refuse(now.Add(1500 * time.Millisecond)) // of 2 s
	isWaiting(t, m)
}

// A client stays in the queue if it will be served later: by a child of max-servers that
// ends, by an accept that is pending, or by the next daemon.
func TestRefuseLater(t *testing.T) {
	for name, change := range map[string]func(m *parent){
		"max-servers":    func(m *parent) { m.Config = &config.Config{} },
		"pending accept": func(m *parent) { m.accepting = func() bool { return true } },
		"idle-exit":      func(m *parent) { m.idleSince = time.Now() },
	} {
		t.Run(name, func(t *testing.T) {
			m, _, now := waiting(t, 5, pop3.Port{})
			change(m)
			m.refuse(now)
			isWaiting(t, m)
		})
	}
}

// A client with TLS from the start can read no reply.
func TestRefuseTLS(t *testing.T) {
	m, c, now := waiting(t, 5, pop3.Port{TLS: true})
	m.refuse(now)
	c.closed("")
}
