package main

import (
	"time"

	"tpops/pkg/children"
)

// spare is how many children wait for the next connection, as long as there
// are fewer than max-servers.
const spare = 2

// newPreforks returns parallel-type prefork: children are started ahead, and
// each serves one connection at a time.
func newPreforks(p *program) *processes {
	m := newProcesses(p)
	m.fill = m.startMissing
	return m
}

// startMissing starts as many children as are missing.
func (m *processes) startMissing() {
	c := m.program.config
	policy := children.Policy{Least: c.Processes.MinServers, Spare: spare, Most: c.Processes.MaxServers}
	for range policy.Missing(m.family.Census()) {
		if m.backoff.Left(time.Now()) > 0 || !m.start(rolePrefork, m.files, m.ports) {
			return
		}
	}
}
