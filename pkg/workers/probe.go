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

// probe tests whether children can serve with the parameters c. It starts one that
// opens what they need, with their rights, and serves no connection. The error is
// the one that this child reports.
func (m *parent) probe(c *config.Config) error {
	pool := process.NewPool()
	child, err := m.startChild(pool, roleProbe, c, nil, nil)
	if err != nil {
		return err
	}
	result := make(chan error, 2) // of a report, and of the end
	go func() {
		for e := range pool.Events() {
			switch {
			case e.Report == process.Ready:
				result <- nil
			case e.Report == process.Failed:
				result <- errors.New(e.Text)
			case e.Exit != nil:
				result <- fmt.Errorf("a child ended before it could serve: %v", e.Exit)
				return // Meanwhile it has asked the database whether it answers.
			}
		}
	}()
	timeout := time.NewTimer(probeTime)
	defer timeout.Stop()
	select {
	case err := <-result:
		return err
	case <-timeout.C:
		child.Kill()
		return fmt.Errorf("a child was not ready after %v", probeTime)
	}
}
