package maildir

import (
	"time"

	"golang.org/x/sys/unix"
)

// granularity is the coarsest clock of the file systems that Maildirs lie on
// (FAT has 2 s, old ones of Linux 1 s).
const granularity = 2 * time.Second

// ticks is longer than two ticks of the kernel's clock, by which file systems
// with fine times set them.
const ticks = 25 * time.Millisecond

// dirState is what shows whether a directory was changed since it was read.
// The zero value is a directory that is missing.
type dirState struct {
	dev, ino  uint64
	size      int64
	mtime     fileTime
	ctime     fileTime // Unlike mtime, no program can set it back.
	fixed     bool     // its attributes forbid to remove files
	unsettled bool     // changed so lately that another change may not show
	aged      bool     // it was seen when its last change was old, however its mtime was set
}

// stateOf returns the state of a file with that status.
func stateOf(stat unix.Stat_t) dirState {
	return dirState{
		dev: uint64(stat.Dev), ino: uint64(stat.Ino), size: stat.Size,
		mtime: newFileTime(stat.Mtim.Unix()), ctime: newFileTime(stat.Ctim.Unix()),
	}
}

// seen returns the state as it is seen at the time now. ours is as for isOld. A
// program may have set the mtime back since the last change: that it is old is
// enough, since any change replaces it.
func (s dirState) seen(now time.Time, ours bool) dirState {
	age := now.Sub(s.mtime.time())
	s.aged = s.isOld(now, ours)
	s.unsettled = age <= granularity && (age < 0 || !s.aged)
	return s
}

// same reports whether the directory shows no change between the two.
func (s dirState) same(later dirState) bool {
	return s.dev == later.dev && s.ino == later.ino && s.size == later.size &&
		s.mtime == later.mtime && s.ctime == later.ctime
}

// valid reports whether what was read when the directory had the state s is
// what it holds in the state later.
func (s dirState) valid(later dirState) bool { return !s.unsettled && s.same(later) }

// grain returns how long after a change another one may show the same time.
func (s dirState) grain() time.Duration {
	if s.ctime.nanoseconds == 0 || s.mtime.nanoseconds == 0 {
		return granularity // Most likely the file system keeps whole seconds.
	}
	return ticks
}

// isOld reports whether at the time now a change would get times that differ
// from those in the state. ours means that the file system's clock is ours. What
// is missing is never old.
func (s dirState) isOld(now time.Time, ours bool) bool {
	grain := granularity
	if ours {
		grain = s.grain()
	}
	return s.ino != 0 && s.age(now) > grain
}

// age returns how long ago, at the time now, the last change was made. An mtime
// in the future was set by a program, and any change replaces it.
func (s dirState) age(now time.Time) time.Duration {
	age, changed := now.Sub(s.mtime.time()), now.Sub(s.ctime.time())
	if age < -granularity {
		return changed
	}
	return min(age, changed)
}

// states are those of new and cur.
type states [len(subNames)]dirState

func (s states) same(later states) bool {
	return s[inNew].same(later[inNew]) && s[inCur].same(later[inCur])
}

// rest decides whether a directory was changed while it was read. Its times
// show a change only if they were older than their grain before: by the clock,
// or because they have been seen unchanged for so long. The latter does not
// need the clock of the file system to be ours.
type rest struct {
	known states
	since [len(subNames)]time.Time // when known was first seen
}

// see notes the states at the time now, of clock, and reports whether any
// change from now on will show in both. ours means that the file system's clock
// is ours.
func (r *rest) see(all states, now time.Time, ours bool) bool {
	settled := true
	for sub, state := range all {
		if r.since[sub].IsZero() || !r.known[sub].same(state) {
			r.known[sub], r.since[sub] = state, now
		}
		if !state.isOld(now, ours) && now.Sub(r.since[sub]) <= state.grain() {
			settled = false
		}
	}
	return settled
}

// clock returns the time by which file systems of this kernel set times, if
// ours, else the time. The kernel moves its coarse clock on only with a tick,
// and a tick may be late on a busy or paused virtual machine: then two changes
// have the same time, however long ago the first one was by the exact clock.
func clock(ours bool) time.Time {
	var now unix.Timespec
	if !ours || unix.ClockGettime(unix.CLOCK_REALTIME_COARSE, &now) != nil {
		return time.Now()
	}
	return time.Unix(now.Unix())
}

// isLocal reports whether the Maildir is on a file system of which this kernel
// makes all changes: its clock sets the times, and inotify(7) reports all.
func isLocal(dir int) bool {
	var stat unix.Statfs_t
	if retry(func() error { return unix.Fstatfs(dir, &stat) }) != nil {
		return false
	}
	switch uint32(stat.Type) {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC,
		unix.TMPFS_MAGIC, unix.RAMFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC, unix.REISERFS_SUPER_MAGIC,
		unix.NILFS_SUPER_MAGIC, unix.MSDOS_SUPER_MAGIC, zfsMagic, bcachefsMagic, jfsMagic:
		return true
	}
	return false
}

// areLocal reports whether new and cur are on such a file system: something may be mounted
// there.
func areLocal(maildir int) bool {
	subs, err := openSubdirs(maildir, unix.O_PATH)
	if err != nil {
		return false
	}
	defer subs.close()
	return subs.areLocal()
}

// areLocal reports whether both are on such a file system.
func (s subdirs) areLocal() bool { return isLocal(s[inNew]) && isLocal(s[inCur]) }

// File systems that are not in package unix.
const (
	zfsMagic      = 0x2fc12fc1
	bcachefsMagic = 0xca451a4e
	jfsMagic      = 0x3153464a
)
