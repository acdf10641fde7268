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
	uidl     dirState // of tpops_uidl; zero if there is none, or if it is not used
	settled  bool     // any later change will show
}

// same reports whether nothing has changed between the two.
func (l look) same(later look) bool {
	return l.dev == later.dev && l.ino == later.ino && l.dirs.same(later.dirs) && l.uidl.same(later.uidl)
}

// look looks at the Maildir, with the rights of its owner.
func (m *Mailbox) look() (l look, err error) {
	// Before anything is asked: a later change has no earlier time.
	now := m.now()
	var stat unix.Stat_t
	if err := retry(func() error { return unix.Fstat(m.dir, &stat) }); err != nil {
		return l, fmt.Errorf("stat: %w", err)
	}
	l.dev, l.ino = uint64(stat.Dev), stat.Ino
	if l.dirs, err = dirStates(m.dir, now, m.local); err != nil {
		return l, err
	}
	if m.options.UIDLConvert {
		if l.uidl, err = stateAt(m.dir, uidlFile, now, m.local, 0); err != nil {
			return l, err
		}
	}
	l.settled = m.isSettled(l, now)
	return l, nil
}

// isSettled reports whether any change after now would show.
func (m *Mailbox) isSettled(l look, now time.Time) bool {
	return m.isOld(l.dirs[inNew], now) && m.isOld(l.dirs[inCur], now) && (l.uidl == dirState{} || m.isOld(l.uidl, now))
}

// now returns the time by the clock of the file system, as far as we know it.
func (m *Mailbox) now() time.Time {
	if m.options.clock != nil {
		return m.options.clock()
	}
	return clock(m.local)
}

// isOld reports whether at the time now a change would get a time that differs
// from those in a state. A directory that is missing is never old.
func (m *Mailbox) isOld(s dirState, now time.Time) bool {
	grain := granularity
	if m.local {
		grain = s.grain()
	}
	return s.ino != 0 && s.age(now) > grain
}
