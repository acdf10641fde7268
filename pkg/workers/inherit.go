package workers

import (
	"errors"
	"fmt"
	"os"

	"tpops/pkg/config"
	"tpops/pkg/guard"
	"tpops/pkg/metrics"
	"tpops/pkg/workers/board"
	"tpops/pkg/workers/process"
)

// IsChild reports whether this process is a child that has not yet called Inherit.
func IsChild() bool { return process.IsChild() }

// Inherit returns this child. Call it once, before any file is opened. The error is
// that of the system, or that the process was not started by its parent.
func Inherit() (*Child, error) {
	inherited, err := process.Inherit()
	if err != nil {
		return nil, err
	}
	task, c, err := readTask(inherited.Payload)
	if err != nil {
		return nil, err
	}
	child, listeners, err := newChild(task, c, inherited.Files)
	if err != nil {
		return nil, err
	}
	if child.poller, err = process.NewPoller(inherited.Control, listeners...); err != nil {
		return nil, err
	}
	child.limit, err = process.NewDeadline()
	return child, err
}

// newChild returns a child with its files, except its listeners.
func newChild(t *task, c *config.Config, files []*os.File) (child *Child, listeners []*os.File, err error) {
	child = &Child{
		Config: c, Listening: t.Listening, Salts: t.Salts, Certificates: t.Certificates, Probe: t.Role == roleProbe, Question: t.Question, role: t.Role, ports: t.Ports,
		orders: make(chan process.Order, 8), lull: usualLull,
	}
	own, err := child.takeShared(t, files)
	if err != nil {
		return nil, nil, err
	}
	if len(own) != len(t.Ports) {
		return nil, nil, fmt.Errorf("invalid task of a child: %d sockets for %d ports", len(own), len(t.Ports))
	}
	if t.Role != roleFork {
		for i := range own {
			if own[i], err = process.Unpolled(own[i]); err != nil {
				return nil, nil, err
			}
		}
		return child, own, nil
	}
	if len(own) != 1 {
		return nil, nil, fmt.Errorf("invalid task of a child: %d connections", len(own))
	}
	child.conn = own[0]
	return child, nil, nil
}

var errTooFewFiles = errors.New("invalid task of a child: fewer files than announced")

// takeShared takes the files that all children have, and returns the others.
func (c *Child) takeShared(t *task, files []*os.File) (own []*os.File, err error) {
	last := func() *os.File {
		f := files[len(files)-1]
		files = files[:len(files)-1]
		return f
	}
	if len(files) < t.shared() {
		return nil, errTooFewFiles
	}
	if t.Guard {
		if c.Guard, err = guard.Attach(last(), c.Config.Processes.MaxServers); err != nil {
			return nil, err
		}
	}
	if t.Hook {
		c.Hook = last()
	}
	if t.Seen {
		c.Seen = last()
	}
	if t.Before {
		c.UsersBefore = last()
	}
	if t.Users {
		c.Users = last()
	}
	return c.takeShown(t, files)
}

// takeShown takes the files in which children show what they do, and returns the others.
func (c *Child) takeShown(t *task, files []*os.File) (own []*os.File, err error) {
	if t.Board {
		if c.board, err = board.Attach(files[len(files)-1]); err != nil {
			return nil, err
		}
		files = files[:len(files)-1]
	}
	if t.Metrics {
		if c.Metrics, err = metrics.Attach(files[len(files)-1]); err != nil {
			return nil, err
		}
		files = files[:len(files)-1]
	}
	return files, nil
}
