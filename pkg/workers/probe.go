package workers

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/memfd"
	"tpops/pkg/workers/process"
)

// probeTime bounds how long the probe may take to open what it needs.
const probeTime = 30 * time.Second

// probe is a child that serves no connection. It opens what the others need, with their
// rights, and reads the users for them: this process, which may have more rights, reads
// no file of users.
type probe struct {
	pool  *process.Pool
	child *process.Child
	users *os.File // to which the child writes the rows of passwd-file, nil without them
}

// probe tests whether children can serve with the parameters c. The error is the one that
// the child reports. It returns the rows of passwd-file in a sealed file, nil if the
// configuration does not use any.
func (m *parent) probe(c *config.Config) (users *os.File, err error) {
	p, err := m.startProbe(roleProbe, c, nil)
	if err != nil {
		return nil, err
	}
	return p.wait()
}

// startProbe starts a probe with the parameters c. before are the rows that are in use.
func (m *parent) startProbe(r role, c *config.Config, before *os.File) (p *probe, err error) {
	p = &probe{pool: process.NewPool()}
	if slices.Contains(c.Users.AuthType, "passwd-file") {
		if p.users, err = memfd.New("tpops-users"); err != nil {
			return nil, err
		}
	}
	p.child, err = m.startChild(p.pool, c, childFiles{users: p.users, before: before}, r, nil)
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// wait waits until the probe has ended, or is ready, and returns what probe does.
func (p *probe) wait() (users *os.File, err error) {
	result := make(chan error, 2) // of a report, and of the end
	go p.listen(result)
	timeout := time.NewTimer(probeTime)
	defer timeout.Stop()
	select {
	case err = <-result:
	case <-timeout.C:
		p.child.Kill()
		err = fmt.Errorf("a child was not ready after %v", probeTime)
	}
	if err == nil && p.users != nil && !memfd.IsSealed(p.users) {
		err = errors.New("a child has not read passwd-file")
	}
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p.users, nil
}

// listen sends the result of the probe, and reads its events until it has ended.
func (p *probe) listen(result chan<- error) {
	for e := range p.pool.Events() {
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
}

// close closes the file for the users.
func (p *probe) close() error {
	if p.users == nil {
		return nil
	}
	return p.users.Close()
}
