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
	log   *slog.Logger     // may be nil; see logger
	path  string           // as it was opened; empty if another process has opened it
	user  string           // for the log; may be empty
	dir   int              // -1 if there is none
	local bool             // dirLocal, and isLocal(new) and isLocal(cur) once they were looked at
	clock func() time.Time // as in Options

	dirLocal bool     // isLocal(dir): what counts for files in the Maildir itself
	watches  *Watches // as in Options
}

// newStore returns a store that has no directory yet.
func newStore(owner *osuser.Owner, options *Options) store {
	return store{owner: owner, log: options.Log, dir: -1, clock: options.clock, watches: options.Watches}
}

// logger returns a log that names the mailbox. It is made when it is needed, which
// is seldom, since each session would keep it.
func (s *store) logger() *slog.Logger {
	log := s.log
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	if s.user != "" {
		log = log.With("user", s.user)
	}
	if s.path != "" {
		log = log.With("maildir", s.path)
	}
	return log
}

// use makes the open directory dir that of the store, which closes it.
func (s *store) use(dir int) {
	s.dir, s.dirLocal = dir, isLocal(dir)
	s.local = s.dirLocal
}

// close closes the directory. A second call does nothing.
func (s *store) close() {
	if s.dir >= 0 {
		_ = unix.Close(s.dir)
		s.dir = -1 // The number may soon be another file's.
	}
}

// newView returns the view of a session that knows base.
func (s *store) newView(base *table) *view { return &view{store: s, base: base} }
