package workers

import (
	"time"

	"tpops/pkg/workers/process"
)

// spare is how many children wait for the next connection, as long as there are
// fewer than max-servers.
const spare = 2

// NewPrefork returns parallel-type prefork: children are started in advance, and
// each serves one connection at a time.
func NewPrefork(p Parent) Model { return newPrefork(p) }

func newPrefork(p Parent) *parent {
	m := newParent(p)
	m.fill = m.startMissing
	return m
}

// startMissing starts the children that are missing.
func (m *parent) startMissing() {
	c := &m.Config.Processes
	policy := process.Policy{Least: c.MinServers, Spare: spare, Most: c.MaxServers}
	for range policy.Missing(m.pool.Counts()) {
		if m.backoff.Left(time.Now()) > 0 || !m.start(rolePrefork, m.files, m.ports) {
			return
		}
	}
}
