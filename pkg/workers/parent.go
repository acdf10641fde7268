package workers

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/pop3"
	"tpops/pkg/trace"
	"tpops/pkg/workers/board"
	"tpops/pkg/workers/process"
)

// parent is what prefork and fork have in common. Only the goroutine of Serve uses its
// fields, once Serve runs.
type parent struct {
	Parent
	pool      *process.Pool
	backoff   process.Backoff
	events    *queue
	files     []*os.File  // the listeners
	ports     []pop3.Port // of each
	hook      *os.File    // socket of the helper for login-hook, or nil
	users     sharedUsers
	boards    map[*process.Child]*board.Board // where children show their sessions
	logins    int64                           // of children that have ended
	dialogues trace.Hub                       // of the children, while they are traced

	encoded   []byte // the parameters encodedOf
	encodedOf *config.Config

	ending     process.Order // 0 while connections are accepted
	endingTime time.Duration
	idleSince  time.Time // when Stop(WhenIdle) has ordered the children to end; zero otherwise
	lastAlive  time.Time // when the last watchdog ping was sent

	fill      func()               // starts missing children, or accepts a connection for one
	interrupt func()               // makes a waiting accept return
	accepting func() bool          // reports whether the result of an accept is pending
	stopFiles func()               // closes the listeners
	accepted  <-chan process.Input // results of accept; nil for prefork
	admit     func(process.Input)  // handles a result of accept

	requests chan func()
	stopped  chan struct{}
	stop     func() // closes stopped
}

func newParent(p Parent) *parent {
	m := &parent{
		Parent: p, pool: process.NewPool(), events: newQueue(), requests: make(chan func()), stopped: make(chan struct{}),
		boards:    map[*process.Child]*board.Board{},
		interrupt: func() {}, accepting: func() bool { return false },
	}
	m.dialogues.Collect = func() { m.do(m.takeAllLines) }
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
	probe, err := m.startProbe(m.Config)
	if err == nil {
		err = probe.wait(probeTime)
	}
	if err != nil {
		return configError(err)
	}
	m.setUsers(probe)
	if m.hook, err = m.StartHook(); err != nil {
		return err
	}
	m.Service.Receive(newFarewell(m.Config, m.Log, m.Ended), m.Stored, nil)
	return m.takeListeners(listeners)
}

// takeListeners keeps the descriptors of listeners, which children inherit. No
// goroutine of this process accepts from these listeners.
func (m *parent) takeListeners(listeners []Listener) error {
	for _, l := range listeners {
		raw, ok := l.Listener.(syscall.Conn)
		if !ok {
			return fmt.Errorf("%v: not a socket", l.Addr())
		}
		file, err := process.Duplicate(raw)
		if err == nil {
			file, err = process.Unpolled(file)
		}
		if err == nil {
			err = process.PrepareListener(file)
		}
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
	defer m.events.close()
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

// do runs f in the goroutine of Serve, unless Serve has ended.
func (m *parent) do(f func()) {
	done := make(chan struct{})
	select {
	case m.requests <- func() { defer close(done); f() }:
		<-done
	case <-m.stopped:
	}
}

// Reload implements Model. First a probe tests next. Then idle children end, and the
// others end after their sessions.
func (m *parent) Reload(next *config.Config) (err error) {
	var probe *probe
	m.do(func() { probe, err = m.startProbe(next) })
	if err != nil || probe == nil { // Without both the model has ended.
		return err
	}
	if err := probe.wait(probeTime); err != nil { // Connections are served meanwhile.
		return err
	}
	m.do(func() {
		if err = m.Prepare(next); err != nil {
			probe.close()
			return
		}
		m.Config = next
		m.setUsers(probe)
		m.backoff.Served() // Children can serve, as the probe has shown.
		m.pool.Order(process.Renew, 0)
	})
	return err
}
