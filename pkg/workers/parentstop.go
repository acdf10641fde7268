package workers

import (
	"time"

	"tpops/pkg/workers/process"
)

const (
	// idleTime bounds how long children may take to end for WhenIdle. Clients wait
	// in the queue of the socket meanwhile.
	idleTime = 5 * time.Second
	// killTime is how long after drain-time children that still run are killed.
	killTime = 5 * time.Second
)

// Stop implements Model.
func (m *parent) Stop(how How, wait time.Duration) {
	m.do(func() {
		switch how {
		case WhenIdle:
			m.stopWhenIdle(time.Now())
		case Finish:
			m.end(process.Shutdown, 0)
		case Drain, Replace:
			time.AfterFunc(wait+killTime, m.stop)
			m.end(process.Drain, wait)
		case Close:
			time.AfterFunc(wait, m.stop)
			m.end(process.Close, 0)
		}
	})
}

// end orders all children to end.
func (m *parent) end(o process.Order, wait time.Duration) {
	if m.ending == 0 {
		m.stopFiles()
	}
	m.ending, m.endingTime = o, wait
	m.pool.Order(o, wait)
	if m.pool.Counts().All() == 0 && !m.accepting() {
		m.stop()
	}
}

// stopWhenIdle has the children end that have no session. A child that has accepted
// a connection at this moment serves it, and reports that it is busy.
func (m *parent) stopWhenIdle(now time.Time) {
	if m.ending != 0 || !m.idleSince.IsZero() {
		return
	}
	m.idleSince = now
	m.interrupt()
	m.pool.Order(process.Renew, 0)
	m.fillOrEnd(now)
}

// fillOrEnd starts children that are missing. After stopWhenIdle it starts none, and
// ends the daemon when no child is left; it cancels that if a child is busy or
// does not end.
func (m *parent) fillOrEnd(now time.Time) {
	counts := m.pool.Counts()
	switch {
	case m.idleSince.IsZero():
		m.fill()
	case counts.Sessions > 0 || now.Sub(m.idleSince) > idleTime:
		m.idleSince = time.Time{}
		m.fill()
	case counts.All() == 0 && !m.accepting():
		m.end(process.Renew, 0)
	}
}
