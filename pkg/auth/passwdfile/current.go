package passwdfile

import (
	"context"
	"errors"
	"fmt"

	"tpops/pkg/files"
)

// current returns the current rows of the file. While the file cannot be read, or may
// be incomplete, it returns the rows that were read last: a missing file must not lock
// users out. An error means that ctx has ended.
func (f *File) current(ctx context.Context) (*table, error) {
	// A load that was already running may have missed the latest change. The second
	// one begins after it.
	for range 2 {
		table := f.table.Load()
		stamp, err := files.StampPath(f.options.Path)
		if err != nil {
			f.logProblem(err)
			return table, nil
		}
		if stamp == table.stamp {
			f.logProblem(nil)
			return table, nil
		}
		if own, err := f.reload(ctx); err != nil {
			return nil, err
		} else if own {
			break
		}
	}
	return f.table.Load(), nil
}

// reload waits until the file has been read again, by this call (own) or by a running
// load. A login that is cancelled does not cancel the load for the others.
func (f *File) reload(ctx context.Context) (own bool, err error) {
	f.mu.Lock()
	done := f.loading
	if done == nil {
		own, done = true, make(chan struct{})
		f.loading = done
		go f.load(done)
	}
	f.mu.Unlock()
	select {
	case <-done:
		return own, nil
	case <-ctx.Done():
		return own, fmt.Errorf("passwd-file: wait for the file: %w", ctx.Err())
	}
}

// load reads the file. It takes at most settleTime and the time to read the file.
func (f *File) load(done chan struct{}) {
	table, err := f.read(context.Background(), f.table.Load().stamp)
	if err == nil {
		err = f.replace(table)
		f.warn(table.problems)
	}
	f.logProblem(err)
	f.mu.Lock()
	f.loading = nil
	f.mu.Unlock()
	close(done)
}

// replace makes the rows of next those in force. After Close there are none. A login
// may still use the rows before, so that they stay open.
func (f *File) replace(next *table) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return next.image.close()
	}
	f.table.Store(next)
	return nil
}

// logProblem logs why the file cannot be read, unless the reason is the same as before.
// nil means that it can be read.
func (f *File) logProblem(problem error) {
	text := ""
	if problem != nil {
		text = problem.Error()
	}
	f.mu.Lock()
	again := text == f.logged
	f.logged = text
	f.mu.Unlock()
	switch {
	case again || problem == nil:
	case errors.Is(problem, errUnsettled):
		f.options.Log.Info("passwd-file reload failed", "reason", text)
	default:
		f.options.Log.Warn("passwd-file reload failed", "reason", text)
	}
}

// warn logs the number of invalid lines and the first of them, once per load.
func (f *File) warn(problems []Problem) {
	if len(problems) > 0 {
		f.options.Log.Warn("passwd-file has invalid lines", "lines", len(problems), "first", problems[0].String())
	}
}
