package workers

import (
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/pop3"
	"tpops/pkg/workers/process"
)

// parent is what prefork and fork have in common. The goroutine of Serve has all
// fields.
type parent struct {
	Parent
	pool    *process.Pool
	backoff process.Backoff
	events  *queue
	files   []*os.File  // the listeners
	ports   []pop3.Port // of each
	hook    *os.File    // socket of the helper for login-hook, or nil
	users   sharedUsers

	encoded   []byte // the parameters encodedOf
	encodedOf *config.Config

	logins int64

	ending     process.Order // 0 while connections are accepted
	endingTime time.Duration
	idleSince  time.Time // when WhenIdle has stopped the children; zero otherwise
	lastAlive  time.Time // when systemd got the last sign of life

	fill      func()               // starts the children that are missing, or accepts a connection for one
	interrupt func()               // has an accept that waits return, if there is one
	accepting func() bool          // reports whether an accept waits
	stopFiles func()               // closes files
	accepted  <-chan process.Input // of an accept; nil for prefork
	admit     func(process.Input)  // handles what was accepted

	requests chan func()
	stopped  chan struct{}
	stop     func() // closes stopped
}

func newParent(p Parent) *parent {
	m := &parent{
		Parent: p, pool: process.NewPool(), events: newQueue(), requests: make(chan func()), stopped: make(chan struct{}),
		interrupt: func() {}, accepting: func() bool { return false },
	}
	m.stop = sync.OnceFunc(func() { close(m.stopped) })
	m.stopFiles = func() {
		for _, f := range m.files {
			_ = f.Close() // Nothing was written to it.
		}
	}
	return m
}

// Open implements Model.
func (m *parent) Open(listeners []Listener) error {
	if err := m.Prepare(m.Config); err != nil {
		return configError(err)
	}
	stamp := usersStamp(m.Config)
	users, err := m.probe(m.Config)
	if err != nil {
		return configError(err)
	}
	m.setUsers(users, stamp)
	if m.hook, err = m.StartHook(); err != nil {
		return err
	}
	m.Service.Receive(newFarewell(m.Config, m.Log, m.Ended), m.Stored, nil)
	return m.takeListeners(listeners)
}

// takeListeners keeps the descriptors of listeners, which children inherit: no
// goroutine here accepts from a listener.
func (m *parent) takeListeners(listeners []Listener) error {
	for _, l := range listeners {
		raw, ok := l.Listener.(syscall.Conn)
		if !ok {
			return fmt.Errorf("%v: not a socket", l.Addr())
		}
		file, err := process.Duplicate(raw)
		if err != nil {
			return err
		}
		m.files, m.ports = append(m.files, file), append(m.ports, l.Port)
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Serve implements Model.
func (m *parent) Serve() error {
	go func() {
		for e := range m.pool.Events() {
			m.events.put(e)
		}
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	defer m.pool.Kill()
	m.fill()
	for {
		select {
		case request := <-m.requests:
			request()
		case <-m.events.some:
			m.recordAll()
		case input := <-m.accepted:
			m.admit(input)
		case now := <-tick.C:
			m.tick(now)
		case <-m.stopped:
			return nil
		}
	}
}

// do runs f in the goroutine of Serve, unless that has ended.
func (m *parent) do(f func()) {
	done := make(chan struct{})
	select {
	case m.requests <- func() { defer close(done); f() }:
		<-done
	case <-m.stopped:
	}
}

func (m *parent) tick(now time.Time) {
	m.pool.KillStuck(now)
	if m.ending != 0 {
		return
	}
	m.refreshUsers(now)
	m.fillOrEnd(now)
	m.reportAlive(now)
}

// reportAlive sends systemd a sign of life while this process works and there are
// children, or could be.
func (m *parent) reportAlive(now time.Time) {
	interval := m.Notifier.Watchdog()
	canServe := m.accepted != nil || m.pool.Counts().All() > 0
	if interval == 0 || now.Sub(m.lastAlive) < interval/3 || !canServe {
		return
	}
	m.lastAlive = now
	if err := m.Notifier.Alive(); err != nil {
		m.Log.Error("self-test failed", slog.Any("error", err))
	}
}

// Reload implements Model: a child tests next first. Idle children end, and others
// end after their sessions.
func (m *parent) Reload(next *config.Config) (err error) {
	m.do(func() {
		stamp := usersStamp(next)
		var users *os.File
		if users, err = m.probe(next); err != nil {
			return
		}
		if err = m.Prepare(next); err != nil {
			if users != nil {
				_ = users.Close() // A sealed file has no error.
			}
			return
		}
		m.Config = next
		m.setUsers(users, stamp)
		m.pool.Order(process.Renew, 0)
	})
	return err
}

// Stats implements Model.
func (m *parent) Stats() (s pop3.Stats) {
	m.do(func() {
		c := m.pool.Counts()
		s = pop3.Stats{Sessions: c.Sessions, Mailboxes: c.LoggedIn, Logins: m.logins}
	})
	return s
}
