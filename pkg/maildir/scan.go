package maildir

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// maxNames is how many octets the names of a mailbox may have together. That
// is about four million messages; who puts more into a Maildir gets an error
// and does not fill the memory of all.
const maxNames = 256 << 20

// How long a Maildir that keeps changing is read again, and the pauses between
// two readings.
const (
	patience  = 10 * time.Second
	firstRest = 5 * time.Millisecond
	maxRest   = 200 * time.Millisecond
)

// errUnsettled means that the directories changed while they were read, so
// that what was found may lack messages. It is no error of the user's.
var errUnsettled = errors.New("it changed while it was read")

// scanner reads the directories of one Maildir.
//
// A file that is renamed while its directory is read may show twice or not at
// all (readdir(3p)), and a message that does not show is one that its client
// forgets and fetches again. So a reading counts only if nothing was missed
// for certain: either the times of the directories show that nothing changed
// meanwhile, or the kernel reported every change (see watch). Else the
// directories are read again, and after all patience the scan fails. There
// is no guess in between: repeated readings that agree prove nothing, since
// a file may be renamed during each of them.
type scanner struct {
	ctx   context.Context
	dir   int    // the Maildir
	limit int    // of names.Len()
	buf   []byte // instead of one of readBuffers, for tests
	names strings.Builder
	files []file
	sums  *sumCache

	rest    rest
	local   bool     // the kernel knows all changes, as far as is known
	watches *Watches // as in Options
	old     *table   // an earlier reading, see reuse; nil for none

	watchErr error // why there was no watch, if one was wanted
}

func newScanner(ctx context.Context, s *store, sums *sumCache) *scanner {
	return &scanner{
		ctx: ctx, dir: s.dir, limit: maxNames, sums: sums,
		local: s.local, watches: s.watches,
	}
}

// table returns the messages of the Maildir. It opens only files that share
// their unique name.
func (s *scanner) table() (*table, error) {
	return s.settled(func(t *table) error { return t.separateTwins(s) })
}

// entries returns all files of the Maildir, each a row of its own.
func (s *scanner) entries() (*table, error) {
	return s.settled(func(*table) error { return nil })
}

// settled reads until nothing was missed, and finish does not find that
// anything has changed since.
func (s *scanner) settled(finish func(*table) error) (*table, error) {
	until := time.Now().Add(patience)
	pause := firstRest
	for attempt := 0; ; attempt++ {
		t, err := s.attempt(attempt > 0 && s.local)
		if err == nil {
			err = finish(t)
		}
		if err == nil {
			return t, nil
		}
		if !errors.Is(err, errUnsettled) {
			return nil, err
		}
		if !time.Now().Before(until) {
			return nil, fmt.Errorf("other programs change new or cur all the time, gave up after %v: %w", patience, errors.Join(err, s.watchErr))
		}
		if attempt > 0 || !s.local {
			if err := sleep(s.ctx, pause); err != nil {
				return nil, err
			}
			pause = min(2*pause, maxRest)
		}
	}
}

// sleep waits, or returns the error of ctx.
func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// attempt reads both directories once, with a watch on them if watched or if their times
// would not show a change. The state of the table is that before the reading.
// errUnsettled means that it may lack messages.
func (s *scanner) attempt(watched bool) (*table, error) {
	s.names, s.files = strings.Builder{}, s.files[:0]
	subs, before, err := s.openSubs()
	if err != nil {
		return nil, err
	}
	defer subs.close()
	settled := s.rest.see(before, clock(s.local), s.local)
	w := s.watchIf(watched || !settled && s.local, subs)
	defer w.close()
	reused := s.reusable(before)
	if err := s.read(subs, reused, w); err != nil {
		return nil, err
	}
	after, err := s.statesAfter(subs, reused, before)
	if err != nil {
		return nil, err
	}
	if w == nil {
		s.rest.see(after, clock(s.local), s.local)
		if !settled || !before.same(after) {
			return nil, errUnsettled
		}
	} else if err := s.apply(subs, w); err != nil {
		return nil, err
	}
	t := &table{dirs: before, names: s.names.String()}
	t.files = t.sorted(s.files)
	return t, nil
}

// watchIf returns a watch on the directories, nil if none is wanted or possible.
func (s *scanner) watchIf(wanted bool, subs subdirs) *watch {
	if !wanted {
		return nil
	}
	var w *watch
	if w, s.watchErr = newWatch(subs, s.watches); s.watchErr != nil {
		return nil
	}
	return w
}

// openSubs opens both directories to be read, and returns their states; the
// caller closes them.
func (s *scanner) openSubs() (subdirs, states, error) {
	subs, err := openSubdirs(s.dir, unix.O_RDONLY)
	if err != nil {
		return subs, states{}, fmt.Errorf("read %w", err)
	}
	s.local = s.local && subs.areLocal()
	all, err := openStates(subs, clock(s.local), s.local)
	if err != nil {
		subs.close()
	}
	return subs, all, err
}

// states returns the states of the open directories, and errUnsettled if they
// are not those of the Maildir any more.
func (s *scanner) states(subs subdirs) (states, error) {
	now := clock(s.local)
	all, err := openStates(subs, now, s.local)
	if err != nil {
		return all, err
	}
	named, err := dirStates(s.dir, now, s.local)
	if err != nil {
		return all, err
	}
	for sub, state := range all {
		if state.dev != named[sub].dev || state.ino != named[sub].ino {
			return all, errUnsettled
		}
	}
	return all, nil
}
