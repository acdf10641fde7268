package workers

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/files"
	"tpops/pkg/memfd"
	"tpops/pkg/workers/process"
)

// probeTime bounds how long the probe may take to open what it needs.
const probeTime = 30 * time.Second

// probe is a child that tests a configuration: it opens what children need, with their
// rights, and serves no connection. It reads passwd-file for the other children: this
// process may have more rights, and reads it never.
type probe struct {
	child  *process.Child
	result chan error // receives the first result

	users *os.File    // gets the rows of passwd-file, nil without them
	stamp files.Stamp // of passwd-file, before the probe has read it
}

// startProbe starts a probe for the parameters c. The error is that of the system.
func (m *parent) startProbe(c *config.Config) (*probe, error) {
	return m.startReader(roleProbe, c, nil)
}

// startReader starts a probe, or another child that reads passwd-file and ends. before
// has the rows that are in use, or is nil.
func (m *parent) startReader(r role, c *config.Config, before *os.File) (p *probe, err error) {
	p = &probe{result: make(chan error, 1), stamp: usersStamp(c)}
	if slices.Contains(c.Users.AuthType, "passwd-file") {
		if p.users, err = memfd.New("tpops-users"); err != nil {
			return nil, err
		}
	}
	pool := process.NewPool()
	if p.child, err = m.startChild(pool, c, childFiles{users: p.users, before: before}, r, nil); err != nil {
		p.close()
		return nil, err
	}
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
// probe that takes longer than limit. After an error the users are closed.
func (p *probe) wait(limit time.Duration) (err error) {
	defer func() {
		if err != nil {
			p.close()
		}
	}()
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

// close closes the file of the users.
func (p *probe) close() { _ = p.users.Close() } // The error of a nil file; others have none.
