package main

import (
	"context"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/pop3"
)

// parallel is a way to serve connections side by side: what parallel-type
// names. All methods are called by one goroutine, that of wait, and do not
// wait for sessions.
type parallel interface {
	// open opens all that is needed to serve the listeners, which it takes,
	// with the rights of the parameters user and group. With an error comes
	// the exit code.
	open(listeners []listener) (code int, err error)
	// begin begins to accept connections.
	begin()
	// work is what the goroutine of wait has to do for it.
	work() <-chan func()
	// tick is called once a second.
	tick(now time.Time)
	// stats tells what is being done.
	stats() pop3.Stats
	// watch tells systemd at this interval, until ctx is done, that sessions
	// can be served, if so.
	watch(ctx context.Context, interval time.Duration)
	// reload makes next the parameters of the sessions to come. After an
	// error all is as before.
	reload(next *config.Config) error

	// Each of these accepts no more connections and sees to it that stopped
	// is told when no session is left. A session is let end by itself by
	// finish; drain lets its command end, for the time of drain-time; close
	// ends it at once.
	finish()
	drain()
	close()
	// end is called last of all.
	end()
}

// newParallel returns what parallel-type names.
func (p *program) newParallel() parallel {
	switch p.config.Processes.ParallelType {
	case "fork":
		return newForks(p)
	case "prefork":
		return newPreforks(p)
	}
	return &threads{program: p}
}

// notifyStopped tells wait that nothing is left to do.
func (p *program) notifyStopped() {
	select {
	case p.stopped <- struct{}{}:
	default:
	}
}
