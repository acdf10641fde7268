package workers

import (
	"errors"
	"fmt"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/workers/process"
)

// probeTime bounds how long the probe may take to open what it needs.
const probeTime = 30 * time.Second

// probe is a child that tests a configuration: it opens what children need, with their
// rights, and serves no connection.
type probe struct {
	child  *process.Child
	result chan error // receives the first result
}

// startProbe starts a probe for the parameters c. The error is that of the system.
func (m *parent) startProbe(c *config.Config) (*probe, error) {
	pool := process.NewPool()
	child, err := m.startChild(pool, roleProbe, c, nil, nil)
	if err != nil {
		return nil, err
	}
	p := &probe{child, make(chan error, 1)}
	go p.read(pool)
	return p, nil
}

// read reads the events of the probe until it has ended. After its report it may still
// test whether the database is reachable.
func (p *probe) read(pool *process.Pool) {
	for e := range pool.Events() {
		switch {
		case e.Exit != nil:
			p.report(fmt.Errorf("a child ended before it could serve: %v", e.Exit))
			return
		case e.Report == process.Ready:
			p.report(nil)
		case e.Report == process.Failed:
			p.report(errors.New(e.Text))
		}
	}
}

// report keeps the first result.
func (p *probe) report(err error) {
	select {
	case p.result <- err:
	default:
	}
}

// wait returns the error that the probe reports, nil if children can serve. It kills a
// probe that takes longer than limit.
func (p *probe) wait(limit time.Duration) error {
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	select {
	case err := <-p.result:
		return err
	case <-timeout.C:
		p.child.Kill()
		return fmt.Errorf("a child was not ready after %v", limit)
	}
}
