package maildir

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// fixed are the attributes of a directory from which nothing can be removed.
const fixed = unix.STATX_ATTR_IMMUTABLE | unix.STATX_ATTR_APPEND

// dirStates returns the states of new and cur at the time now; that of what is
// no directory is zero. Unless the file system is local it asks the server:
// what is kept of an old state would show that nothing has changed, and a
// message that was renamed would count as gone.
func dirStates(dir int, now time.Time, local bool) (all states, err error) {
	for sub, name := range subNames {
		all[sub], err = stateAt(dir, name, now, local, unix.S_IFDIR)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// openStates returns the states of the open directories at the time now. Unless
// the file system is local it asks the server.
func openStates(subs subdirs, now time.Time, local bool) (all states, err error) {
	for sub, fd := range subs {
		all[sub], err = stateAt(fd, "", now, local, 0)
		if err != nil {
			return all, fmt.Errorf("%s: %w", subNames[sub], err)
		}
	}
	return all, nil
}

// stateAt returns the state of name below the directory dir, or of dir itself if
// name is empty, at the time now. It is zero if there is nothing, or nothing of
// the given kind; kind 0 is any.
func stateAt(dir int, name string, now time.Time, local bool, kind uint32) (dirState, error) {
	s, mode, err := askState(dir, name, local)
	if errors.Is(err, unix.ENOENT) || err == nil && kind != 0 && mode&unix.S_IFMT != kind {
		return dirState{}, nil
	}
	if err != nil {
		return dirState{}, fmt.Errorf("stat %q: %w", name, err)
	}
	return s.seen(now, local), nil
}

// askState asks for a state as stateAt, and for the mode of the file.
func askState(dir int, name string, local bool) (dirState, uint32, error) {
	const how = unix.AT_EMPTY_PATH | unix.AT_SYMLINK_NOFOLLOW
	sync := 0
	if !local {
		sync = unix.AT_STATX_FORCE_SYNC
	}
	var all unix.Statx_t
	err := retry(func() error { return unix.Statx(dir, name, how|sync, unix.STATX_BASIC_STATS, &all) })
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) { // Old kernels, and filters of old container programs.
		var stat unix.Stat_t
		err = retry(func() error { return unix.Fstatat(dir, name, &stat, how) })
		return stateOf(stat), stat.Mode, err
	}
	return dirState{
		dev: unix.Mkdev(all.Dev_major, all.Dev_minor), ino: all.Ino, size: int64(all.Size),
		mtime: newFileTime(all.Mtime.Sec, int64(all.Mtime.Nsec)), ctime: newFileTime(all.Ctime.Sec, int64(all.Ctime.Nsec)),
		fixed: all.Attributes&fixed != 0,
	}, uint32(all.Mode), err
}
