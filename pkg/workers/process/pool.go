package process

import (
	"io"
	"os"
	"time"
)

// Event is something that happened to a child.
type Event struct {
	Child  *Child
	Report Report           // 0 if the child has ended
	Text   string           // of Failed, and again when that child has ended
	Exit   *os.ProcessState // how the child has ended
}

// Pool is the children of a process. Only one goroutine uses it: the one
// that reads Events and gives each of them to Record.
type Pool struct {
	events  chan Event
	members map[*Child]*member
}

// member is what is known of a child.
type member struct {
	state    Report // 0 before Ready
	leaving  bool
	loggedIn bool
	failed   bool // has said so
	served   bool // a connection, or at least begun to
	started  time.Time
	stopped  int // calls of KillStuck in a row that found it stopped
}

// NewPool returns one without children.
func NewPool() *Pool {
	return &Pool{events: make(chan Event), members: map[*Child]*member{}}
}

// Start starts a child. The error is that of the system: out of processes,
// memory or descriptors.
func (f *Pool) Start(s *Spec) (*Child, error) {
	c, err := start(s)
	if err != nil {
		return nil, err
	}
	f.members[c] = &member{started: time.Now()}
	go f.listen(c)
	return c, nil
}

// listen passes on what a child says, and its end, which is also the end of
// the control connection.
func (f *Pool) listen(c *Child) {
	defer c.control.Close()
	buf := make([]byte, 1+maxText)
	why := ""
	for {
		n, err := c.control.Read(buf)
		if n == 0 && err == nil {
			err = io.EOF // how an end reads on a socket that keeps messages apart
		}
		if err != nil {
			break
		}
		e := Event{Child: c, Report: Report(buf[0])}
		if e.Report == Failed {
			why = string(buf[1:n])
			e.Text = why
		}
		f.events <- e
	}
	_ = c.cmd.Wait() // What it tells is in ProcessState.
	f.events <- Event{Child: c, Text: why, Exit: c.cmd.ProcessState}
}

// Events returns what happens to the children. Whoever has started one reads
// until its end; a process that ends itself need not.
func (f *Pool) Events() <-chan Event { return f.events }

// Record counts an event. Of a child that has ended it reports whether it failed:
// it has served nobody, was not told to end, and did not live for as long as
// would be waited after it.
func (f *Pool) Record(e Event, now time.Time) (failed bool) {
	m := f.members[e.Child]
	if m == nil {
		return false
	}
	if e.Exit != nil {
		delete(f.members, e.Child)
		return e.Text == "" && !m.served && !m.leaving && now.Sub(m.started) < lastWait
	}
	switch e.Report {
	case Failed:
		failed, m.failed = m.state == 0 && !m.failed, true // Once, whatever a child says.
	case Ready:
		m.state = Idle
	case Busy:
		m.state, m.loggedIn, m.served = Busy, false, true
	case LoggedIn:
		m.loggedIn = m.state == Busy
	case Idle:
		m.state, m.loggedIn = Idle, false
	}
	return failed
}

// Order tells all children what to do. They are Leaving from now on.
func (f *Pool) Order(o Order, d time.Duration) {
	for c, m := range f.members {
		m.leaving = true
		c.Order(o, d)
	}
}

// Kill ends all children with SIGKILL.
func (f *Pool) Kill() {
	for c := range f.members {
		c.Kill()
	}
}

// Counts returns how many children there are.
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
		if m.loggedIn {
			c.LoggedIn++
		}
	}
	return c
}
