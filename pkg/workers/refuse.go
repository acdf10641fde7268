package workers

import (
	"os"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/workers/process"
)

const (
	// shortWait is how long clients wait in the queue of the socket for a child, instead of
	// being refused.
	shortWait = time.Second
	// mostRefused bounds how many clients are refused in one round, so that a flood does
	// not keep this process from its children.
	mostRefused = 1024
)

// refuse sends clients that wait for a child a temporary error, while no child can serve
// them and none will be started for longer than shortWait. With TLS from the start it
// closes the connection, because the client could not read a reply.
func (m *parent) refuse(now time.Time) {
	if m.backoff.Left(now) <= shortWait || m.canServe() {
		return
	}
	left := mostRefused
	for i, listener := range m.files {
		for ; left > 0; left-- {
			conn := process.AcceptWaiting(listener)
			if conn == nil {
				break
			}
			refuseOne(conn, m.ports[i])
		}
	}
}

// canServe reports whether a client need not be refused: a prefork child waits for one,
// all children of max-servers work, the result of an accept is pending, or the next daemon
// will serve the client (idle-exit).
func (m *parent) canServe() bool {
	counts := m.pool.Counts()
	return counts.Idle+counts.Starting > 0 && m.accepted == nil || counts.All() >= m.Config.Processes.MaxServers ||
		m.accepting() || !m.idleSince.IsZero()
}

// refuseOne closes a connection after a temporary error.
func refuseOne(conn *os.File, port pop3.Port) {
	defer conn.Close()
	if !port.TLS {
		_ = pop3.Reject(conn, pop3.ErrTemporary) // The reply fits into the buffer of a new connection.
	}
}
