package workers

import (
	"time"

	"tpops/pkg/workers/process"
)

const (
	// idleTime bounds how long children may take to end for WhenIdle. During this
	// time clients wait in the queue of the socket.
	idleTime = 5 * time.Second
	// settleTime is how long after a Stop this process looks whether it has to leave the
	// service: if all children have ended, it need not. Without a session it looks again,
	// until idleTime has passed.
	settleTime = 200 * time.Millisecond
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
			if how == Drain && m.ending == 0 && m.Service.IsRestarting() {
				m.finishSessions(wait)
				return
			}
			m.drain(wait)
		case Close:
			time.AfterFunc(wait, m.stop)
			m.end(process.Close, 0)
		}
	})
}

// drain orders all children to end after their commands, and kills those that do not.
func (m *parent) drain(wait time.Duration) {
	time.AfterFunc(wait+killTime, m.stop)
	m.end(process.Drain, wait)
}

// finishSessions orders all children to end after their sessions. If there are any, this
// process leaves the service meanwhile. If it cannot, they are drained.
func (m *parent) finishSessions(wait time.Duration) {
	m.end(process.Renew, 0)
	time.AfterFunc(settleTime, func() { m.settle(settleTime, wait) })
}

// settle leaves the service if there are sessions, or if idle children have not ended by
// idleTime. passed is the time since finishSessions.
func (m *parent) settle(passed, wait time.Duration) {
	sessions := -1
	m.do(func() { sessions = m.pool.Counts().Sessions })
	switch {
	case sessions < 0: // All children have ended.
	case sessions == 0 && passed < idleTime:
		time.AfterFunc(settleTime, func() { m.settle(passed+settleTime, wait) })
	case !m.leave(sessions): // Not in the goroutine of Serve, for which others may wait that end with leave.
		m.do(func() { m.drain(wait) })
	}
}

// end orders all children to end.
func (m *parent) end(o process.Order, wait time.Duration) {
	if m.ending == 0 {
		m.stopFiles()
	}
	m.ending, m.endingTime = o, wait
	m.pool.Order(o, wait)
	m.stopIfDone()
}

// stopIfDone ends Serve if no child is left, and no accept that may still return a
// connection.
func (m *parent) stopIfDone() {
	if m.pool.Counts().All() == 0 && !m.accepting() {
		m.stop()
	}
}

// stopWhenIdle orders all children to end. A child that has just accepted a connection
// serves it, and reports that it is busy.
func (m *parent) stopWhenIdle(now time.Time) {
	if m.ending != 0 || !m.idleSince.IsZero() {
		return
	}
	m.idleSince = now
	m.interrupt()
	m.pool.Order(process.Renew, 0)
	m.fillOrEnd(now)
}

// fillOrEnd starts missing children. After stopWhenIdle it starts none, and ends the
// daemon when no child is left. It cancels stopWhenIdle if a child is busy or does not
// end.
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
