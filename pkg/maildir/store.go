package maildir

import (
	"log/slog"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/osuser"
)

// store is the Maildir that one session has open.
type store struct {
	owner *osuser.Owner
	log   *slog.Logger
	path  string           // as it was opened; empty if another process has opened it
	dir   int              // -1 if there is none
	local bool             // isLocal(dir)
	clock func() time.Time // as in Options
}

// newStore returns a store that has no directory yet.
func newStore(owner *osuser.Owner, log *slog.Logger, options Options) store {
	return store{owner: owner, log: log, dir: -1, clock: options.clock}
}

// use makes the open directory dir that of the store, which closes it.
func (s *store) use(dir int) { s.dir, s.local = dir, isLocal(dir) }

// close closes the directory. A second call does nothing.
func (s *store) close() {
	if s.dir >= 0 {
		_ = unix.Close(s.dir)
		s.dir = -1 // The number may soon be another file's.
	}
}

// newView returns the view of a session that knows base.
func (s *store) newView(base *table) *view { return &view{store: s, base: base} }
