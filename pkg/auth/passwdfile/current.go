package passwdfile

import (
	"context"
	"errors"
	"fmt"

	"tpops/pkg/files"
)

// current returns the rows of the file as it is now. When that cannot be
// read, or may not be whole, the rows read last stay in force: losing the file
// must not lock anyone out. An error is ctx's.
func (f *File) current(ctx context.Context) (*table, error) {
	// A load that was at work already may have missed what this login sees. The
	// second one has begun after it.
	for range 2 {
		table := f.table.Load()
		stamp, err := files.StampPath(f.options.Path)
		if err != nil {
			f.tell(err)
			return table, nil
		}
		if stamp == table.stamp {
			f.tell(nil)
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

// reload waits until the file has been read again, be it by this call (own) or
// by one that had begun. The work belongs to no login, so that one that is
// given up does not end it for the others.
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
		return own, fmt.Errorf("passwd-file: wait for it to be read: %w", ctx.Err())
	}
}

// load reads the file. It ends by itself, at the latest settleTime and one
// reading later.
func (f *File) load(done chan struct{}) {
	table, err := f.read(context.Background(), f.table.Load().stamp)
	if err == nil {
		f.table.Store(table)
		f.warn(table.problems)
	}
	f.tell(err)
	f.mu.Lock()
	f.loading = nil
	f.mu.Unlock()
	close(done)
}

// tell logs trouble with the file when it is another than before.
func (f *File) tell(trouble error) {
	text := ""
	if trouble != nil {
		text = trouble.Error()
	}
	f.mu.Lock()
	again := text == f.told
	f.told = text
	f.mu.Unlock()
	switch {
	case again || trouble == nil:
	case errors.Is(trouble, errUnsettled):
		f.options.Log.Info("passwd-file reload failed", "reason", text)
	default:
		f.options.Log.Warn("passwd-file reload failed", "reason", text)
	}
}

// warn logs once per load that lines are wrong, with the first of them.
func (f *File) warn(problems []Problem) {
	if len(problems) > 0 {
		f.options.Log.Warn("passwd-file has invalid lines", "lines", len(problems), "first", problems[0].String())
	}
}
