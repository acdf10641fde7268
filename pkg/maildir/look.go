package maildir

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// look is what shows at one moment whether a Maildir is still what it was when
// it was read.
type look struct {
	dev, ino uint64   // of the Maildir
	dirs     states   // of new and cur
	uidl     dirState // of the file of the rule; zero if there is none
	settled  bool     // any later change will show
}

// look looks at the Maildir, with the rights of its owner; and at the file of the
// rule, see rule.file.
func (s *store) look(file string) (l look, err error) {
	// Before anything is asked: a later change has no earlier time.
	now := s.now()
	var stat unix.Stat_t
	if err := retry(func() error { return unix.Fstat(s.dir, &stat) }); err != nil {
		return l, fmt.Errorf("stat: %w", err)
	}
	l.dev, l.ino = uint64(stat.Dev), stat.Ino
	if l.dirs, err = dirStates(s.dir, now, s.local); err != nil {
		return l, err
	}
	if s.local && l.spans() && !areLocal(s.dir) {
		s.local = false
		return s.look(file)
	}
	if err = s.removable(l.dirs); err != nil {
		return l, err
	}
	if file != "" {
		if l.uidl, err = stateAt(s.dir, file, now, s.local, 0); err != nil {
			return l, err
		}
	}
	l.settled = l.isSettled(now, s.local)
	return l, nil
}

// spans reports whether new or cur is on another file system than the Maildir.
func (l look) spans() bool {
	return l.dirs[inNew].ino != 0 && l.dirs[inNew].dev != l.dev || l.dirs[inCur].ino != 0 && l.dirs[inCur].dev != l.dev
}

// isSettled reports whether any change after now would show.
func (l look) isSettled(now time.Time, ours bool) bool {
	return l.dirs[inNew].isOld(now, ours) && l.dirs[inCur].isOld(now, ours) &&
		(l.uidl == dirState{} || l.uidl.isOld(now, ours))
}

// now returns the time by the clock of the file system, as far as we know it.
func (s *store) now() time.Time {
	if s.clock != nil {
		return s.clock()
	}
	return clock(s.local)
}
