package process

import (
	"io"
	"os"
	"time"
)

// Event is a report of a child, or its end.
type Event struct {
	Child  *Child
	Report Report           // 0 if the child has ended
	Text   string           // of Answered, Failed, Locked and Used; that of Failed is set again in the event of the child's end
	Exit   *os.ProcessState // how the child has ended, nil while it runs
}

// Pool is the children of a process. Only one goroutine may use it. It reads Events
// and passes each event to Record.
type Pool struct {
	events  chan Event
	members map[*Child]*member
}

// member is the state of one child.
type member struct {
	state   Report // 0 before Ready
	leaving bool   // was ordered to end
	failed  bool   // has reported Failed
	served  bool   // has had a session
	started time.Time
	ordered time.Time // to end; or when the session ended that it had then
	stopped int       // successive calls of KillStuck that found the child stopped
}

// NewPool returns a Pool without children.
func NewPool() *Pool {
	return &Pool{events: make(chan Event), members: map[*Child]*member{}}
}

// Start starts a child. The error is that of the system: out of processes, memory or
// descriptors.
func (f *Pool) Start(s *Spec) (*Child, error) {
	c, err := start(s)
	if err != nil {
		return nil, err
	}
	f.members[c] = &member{started: time.Now()}
	go f.read(c)
	return c, nil
}

// read makes events of a child's reports and of its end. The end of the process closes
// the control connection.
func (f *Pool) read(c *Child) {
	defer c.control.Close()
	buf := make([]byte, 1+MaxText)
	reason := ""
	for {
		n, err := c.control.Read(buf)
		if n == 0 && err == nil {
			err = io.EOF // A SOCK_SEQPACKET socket returns 0 bytes at its end.
		}
		if err != nil {
			break
		}
		e := Event{Child: c, Report: Report(buf[0])}
		switch e.Report {
		case Answered, Failed, Locked, Used:
			e.Text = string(buf[1:n])
		}
		if e.Report == Failed {
			reason = e.Text
		}
		f.events <- e
	}
	_ = c.cmd.Wait() // ProcessState contains the same.
	f.events <- Event{Child: c, Text: reason, Exit: c.cmd.ProcessState}
}

// Events returns the events of the children. Read them until each child has ended,
// unless this process ends itself.
func (f *Pool) Events() <-chan Event { return f.events }

// Record counts an event, and reports whether the child has failed: it has reported so
// before it was Ready, or it has ended early without a session and without an order.
func (f *Pool) Record(e Event, now time.Time) (failed bool) {
	m := f.members[e.Child]
	switch {
	case m == nil:
		return false
	case e.Exit != nil:
		delete(f.members, e.Child)
		return e.Text == "" && !m.failed && m.endedEarly(now)
	}
	return m.record(e.Report, now)
}

// endedEarly reports whether a child that has ended was of no use.
func (m *member) endedEarly(now time.Time) bool {
	return !m.served && !m.leaving && now.Sub(m.started) < lastWait
}

// record records a report.
func (m *member) record(r Report, now time.Time) (failed bool) {
	switch r {
	case Failed:
		failed, m.failed = m.state == 0 && !m.failed, true // A child can fail only once.
	case Ready:
		m.state = Idle
	case Busy:
		m.state, m.served = Busy, true
	case Idle:
		if m.state == Busy {
			m.ordered = now // Only now it can end.
		}
		m.state = Idle
	}
	return failed
}

// Order sends an order to all children. From now on they count as Leaving.
func (f *Pool) Order(o Order, d time.Duration) {
	now := time.Now()
	for c, m := range f.members {
		if !m.leaving {
			m.leaving, m.ordered = true, now
		}
		c.Order(o, d)
	}
}

// Kill kills all children with SIGKILL.
func (f *Pool) Kill() {
	for c := range f.members {
		c.Kill()
	}
}

// Counts returns the number of children in each state.
func (f *Pool) Counts() Counts {
	var c Counts
	for _, m := range f.members {
		switch {
		case m.leaving:
			c.Leaving++
		case m.state == Idle:
			c.Idle++
		case m.state == Busy:
			c.Busy++
		default:
			c.Starting++
		}
		if m.state == Busy {
			c.Sessions++
		}
	}
	return c
}
