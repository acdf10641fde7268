package main

import (
	"os"
	"sync"
	"syscall"
	"time"

	"tpops/pkg/children"
	"tpops/pkg/guard"
	"tpops/pkg/hook"
	"tpops/pkg/pop3"
)

// childhood is what a child of a daemon has of its own.
type childhood struct {
	program *program
	task    *task
	post    *children.Post
	conn    *os.File            // of a fork child
	orders  chan children.Order // by signals
	ending  bool                // no connection is accepted any more
	work    sync.WaitGroup      // what goes on besides the session and has to be finished
	limit   *children.Deadline  // of a session
}

// serveAsChild does what the parent has started this process for and returns
// the exit code.
func (p *program) serveAsChild() int {
	// The kernel takes the name from how the program was executed.
	_ = os.WriteFile("/proc/self/comm", []byte("tpops"), 0) // Only a name.
	inherited, err := children.Inherit()
	if err != nil {
		return fail(exitSystem, err)
	}
	p.catchSignals()
	c := &childhood{program: p, orders: make(chan children.Order, 8)}
	p.child = c
	if c.task, p.config, err = readTask(inherited.Payload); err != nil {
		return fail(exitSystem, err)
	}
	listeners, err := c.inherit(inherited.Files)
	if err != nil {
		return fail(exitSystem, err)
	}
	if c.task.Role == roleFork && len(listeners) == 1 {
		c.conn, listeners = listeners[0], nil
	}
	if c.post, err = children.NewPost(inherited.Control, listeners...); err != nil {
		return fail(exitSystem, err)
	}
	if c.limit, err = children.NewDeadline(); err != nil {
		return fail(exitSystem, err)
	}
	go c.relay()
	if err := p.openLog(); err != nil {
		return fail(exitSystem, err)
	}
	defer p.closeLog()
	return c.live()
}

// inherit takes over what all children have, and returns the files that are for
// this one.
func (c *childhood) inherit(files []*os.File) (own []*os.File, err error) {
	p := c.program
	p.listening = c.task.Listening
	last := func() *os.File {
		if len(files) == 0 {
			return nil // Attaching it fails.
		}
		f := files[len(files)-1]
		files = files[:len(files)-1]
		return f
	}
	if c.task.Guard {
		if p.guard, err = guard.Attach(last(), p.config.Processes.MaxServers); err != nil {
			return nil, err
		}
		go c.sweep()
	}
	if c.task.Hook {
		if p.hook, err = hook.Attach(last(), p.hookFailed); err != nil {
			return nil, err
		}
	}
	if c.task.Seen {
		p.seen = last()
	}
	return files, nil
}

// sweep ends the sessions here that have to make room for those of other
// children.
func (c *childhood) sweep() {
	for {
		time.Sleep(c.program.guard.Sweep())
	}
}

// relay makes orders of signals that come from somebody else than the parent.
func (c *childhood) relay() {
	for s := range c.program.signals {
		switch s {
		case syscall.SIGTERM:
			c.orders <- children.Shutdown
		case syscall.SIGINT:
			c.orders <- children.Close
		default:
			continue // They are the parent's to obey.
		}
		c.post.Wake()
	}
}

// live opens all that is needed and serves.
func (c *childhood) live() int {
	backend, err := c.settle()
	if err != nil {
		c.post.Report(children.Failed, err.Error())
		c.turnAway()
		return exitConfig
	}
	c.post.Report(children.Ready, "")
	defer c.work.Wait()
	if c.task.Role == roleProbe {
		return 0
	}
	backend.Open = c.telling(backend.Open)
	c.program.server = pop3.NewServer(backend, 1, c.program.logger, c.program.log.Access)
	if c.conn != nil {
		c.serve(c.conn, c.task.Ports[0])
	} else {
		c.takeTurns()
	}
	c.program.server.Close() // The session has ended; this releases the backend.
	return 0
}
