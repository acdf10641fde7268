package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"time"

	"tpops/pkg/children"
	"tpops/pkg/config"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// processes is what parallel-type prefork and fork have in common. This process
// stays as it was started, to be able to read the configuration again; its
// children take on user and group. It reads nothing that comes from a client.
type processes struct {
	program *program
	family  *children.Family
	backoff children.Backoff
	files   []*os.File  // the listeners
	ports   []pop3.Port // of each
	logins  int64
	tasks   chan func()
	inbox   *inbox

	ending     children.Order // 0 while connections are accepted
	endingTime time.Duration

	fill         func() // starts children, or accepts connections for them, as many as there may be
	stopListener func() // closes files
	fed          func() // tells the watchdog that all is well; nil without one
}

func newProcesses(p *program) *processes {
	m := &processes{program: p, family: children.NewFamily(), tasks: make(chan func()), inbox: newInbox()}
	m.stopListener = func() { closeAll(m.files) }
	return m
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // Nothing was written to it.
	}
}

func (m *processes) open(listeners []listener) (int, error) {
	p := m.program
	if err := p.settleParent(p.config); err != nil {
		return exitConfig, err
	}
	p.warn()
	if err := p.probe(p.config); err != nil {
		return exitConfig, err
	}
	if err := p.startHook(); err != nil {
		return exitSystem, err
	}
	p.server = p.newFarewell()
	p.takeOver(p.passed(sd.Stored))
	return exitSystem, m.takeListeners(listeners)
}

// settleParent opens the log files with the parameters c, so that children can
// write to them too, and the certificates, to tell of those that expire.
func (p *program) settleParent(c *config.Config) error {
	owner, err := idsOf(c)
	if err != nil {
		return err
	}
	if err := createLogs(owner, existing(c.Log.Access, c.Log.Errors)); err != nil {
		return err
	}
	certificates, err := p.openCertificates(c)
	if err != nil {
		return err
	}
	if err := p.log.Reopen(p.logConfig(c)); err != nil {
		return err
	}
	p.certificates = certificates
	return nil
}

// takeListeners keeps the descriptors of listeners: children are given them,
// and nothing here accepts from a listener by itself.
func (m *processes) takeListeners(listeners []listener) error {
	for _, l := range listeners {
		raw, ok := l.Listener.(syscall.Conn)
		if !ok {
			return fmt.Errorf("%v: not a socket", l.Addr())
		}
		file, err := children.Duplicate(raw)
		if err != nil {
			return err
		}
		m.files, m.ports = append(m.files, file), append(m.ports, l.port)
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}

// begin passes on what the children tell.
func (m *processes) begin() {
	go func() {
		for e := range m.family.Events() {
			m.inbox.put(e)
		}
	}()
	go func() {
		for range m.inbox.some {
			m.tasks <- m.noteAll
		}
	}()
	m.fill()
}

// noteAll notes all that the children have told.
func (m *processes) noteAll() {
	for _, e := range m.inbox.take() {
		m.note(e)
	}
}

func (m *processes) work() <-chan func() { return m.tasks }

// note counts what happened to a child, and does what follows from it.
func (m *processes) note(e children.Event) {
	now := time.Now()
	failed := m.family.Note(e, now)
	if e.Exit != nil {
		m.program.guard.Reclaim(e.Child.PID()) // It may have been killed.
	}
	switch {
	case e.Exit != nil && e.Exit.Success() && !failed:
		m.backoff.Served() // What it had, perhaps the last descriptor, is free again.
	case e.Exit != nil || failed:
		m.noteEnd(e, failed, now)
	case e.Report == children.LoggedIn:
		m.logins++
	case e.Report == children.Busy:
		m.backoff.Served()
	}
	if m.ending == 0 {
		m.fill()
	} else if m.family.Census().All() == 0 {
		m.program.notifyStopped()
	}
}

// noteEnd tells the log of a child that has ended, or is about to, by a fault:
// of those that fail one after the other, of the first after each wait.
func (m *processes) noteEnd(e children.Event, failed bool, now time.Time) {
	if !failed && e.Text != "" {
		return // Why it failed is told already.
	}
	why := e.Text
	if why == "" {
		why = e.Exit.String()
	}
	attrs := []any{slog.String("error", why), slog.Int("pid", e.Child.PID())}
	if failed {
		wait, news := m.backoff.Failed(now)
		if !news {
			return
		}
		attrs = append(attrs, slog.Duration("wait", wait))
	}
	m.program.logger.Error("child failed", attrs...)
}

// start starts a child, or tells the log why that is not possible, and reports
// which.
func (m *processes) start(r role, files []*os.File, ports []pop3.Port) bool {
	child, err := m.program.startChild(m.family, r, m.program.config, files, ports)
	if err != nil {
		wait, _ := m.backoff.Failed(time.Now())
		m.program.logger.Error("child start failed", slog.Any("error", err), slog.Duration("wait", wait))
		return false
	}
	if m.ending != 0 {
		child.Order(m.ending, m.endingTime)
	}
	return true
}

func (m *processes) tick(now time.Time) {
	m.family.Look(now)
	if m.ending == 0 {
		m.fill()
		if m.fed != nil {
			m.fed()
		}
	}
}

func (m *processes) stats() pop3.Stats {
	c := m.family.Census()
	return pop3.Stats{Sessions: c.Sessions, Mailboxes: c.LoggedIn, Logins: m.logins}
}

// watch has the goroutine of wait tell systemd, as long as it is at work and
// there are children to serve.
func (m *processes) watch(ctx context.Context, interval time.Duration) {
	last := time.Time{}
	m.fed = func() {
		if ctx.Err() != nil || time.Since(last) < interval/3 || !m.canServe() {
			return
		}
		last = time.Now()
		if err := m.program.notifier.Alive(); err != nil {
			m.program.logger.Error("self-test failed", slog.Any("error", err))
		}
	}
}

// canServe reports whether somebody is there to serve, or could be.
func (m *processes) canServe() bool {
	return m.program.config.Processes.ParallelType == "fork" || m.family.Census().All() > 0
}

// reload lets a child look at next first. Children that wait end, and those at
// work when their sessions have.
func (m *processes) reload(next *config.Config) error {
	if err := m.program.probe(next); err != nil {
		return err
	}
	if err := m.program.settleParent(next); err != nil {
		return err
	}
	m.family.Order(children.Renew, 0)
	return nil
}

func (m *processes) finish() { m.stop(children.Shutdown, 0) }
func (m *processes) drain()  { m.stop(children.Drain, m.program.config.Processes.DrainTime) }
func (m *processes) close()  { m.stop(children.Close, 0) }

// stop tells all children to end. Of those that do not within the time for
// Drain the rest is up to end.
func (m *processes) stop(o children.Order, d time.Duration) {
	if m.ending == 0 {
		m.stopListener()
	}
	m.ending, m.endingTime = o, d
	m.family.Order(o, d)
	if o == children.Drain {
		time.AfterFunc(d+patience, m.program.notifyStopped)
	}
	if m.family.Census().All() == 0 {
		m.program.notifyStopped()
	}
}

func (m *processes) end() { m.family.Kill() }
