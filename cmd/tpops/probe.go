package main

import (
	"errors"
	"fmt"
	"time"

	"tpops/pkg/children"
	"tpops/pkg/config"
)

// probeTime bounds how long a child may take to open what it needs.
const probeTime = 30 * time.Second

// probe finds out whether children can serve with the parameters c, by starting
// one that opens all they need, with their rights, and serves nobody. The error
// is what it says is wrong.
func (p *program) probe(c *config.Config) error {
	family := children.NewFamily()
	child, err := p.startChild(family, roleProbe, c, nil, nil)
	if err != nil {
		return err
	}
	verdict := make(chan error, 2) // what it reports, and its end
	go func() {
		for e := range family.Events() {
			switch {
			case e.Report == children.Ready:
				verdict <- nil
			case e.Report == children.Failed:
				verdict <- errors.New(e.Text)
			case e.Exit != nil:
				verdict <- fmt.Errorf("a child ended before it could serve: %v", e.Exit)
				return // It may have asked meanwhile whether the database is there.
			}
		}
	}()
	timeout := time.NewTimer(probeTime)
	defer timeout.Stop()
	select {
	case err := <-verdict:
		return err
	case <-timeout.C:
		child.Kill()
		return fmt.Errorf("a child takes more than %v to open what it needs", probeTime)
	}
}
