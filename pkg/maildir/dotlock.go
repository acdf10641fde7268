package maildir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// How Dovecot treats a dotlock, and how we do.
const (
	dotlockStale  = 120 * time.Second      // after which any program may remove one that nothing has touched
	dotlockRest   = 150 * time.Millisecond // after that, so that none removes the lock of another that has just done so
	dotlockWait   = 3 * time.Second        // for which a login waits
	dotlockHold   = 30 * time.Second       // after which we write nothing more
	firstLockRest = 2 * time.Millisecond   // between attempts, then twice as long each time
	maxLockRest   = 100 * time.Millisecond
)

// errDotlock means that another program has a dotlock.
var errDotlock = errors.New("another program has locked it")

// dotlock is a file that locks another one by being there. Dovecot locks its
// list so. Nothing frees it if its owner dies, but Dovecot frees it at once if
// the process that is named in it is gone, and so do we with one of ours, see createHeld.
type dotlock struct {
	store *store
	fd    int         // locked with flock(2); -1 if the file is not
	name  string      // of the lock
	stat  unix.Stat_t // of the file
	taken time.Time
}

// takeDotlock locks the file name with name.lock. It waits for another program,
// and returns errDotlock if it has waited long enough.
func (s *store) takeDotlock(ctx context.Context, name string) (*dotlock, error) {
	lock := &dotlock{store: s, fd: -1, name: name + ".lock"}
	until := time.Now().Add(dotlockWait)
	for pause := firstLockRest; ; pause = min(2*pause, maxLockRest) {
		err := lock.create()
		if err == nil || !errors.Is(err, unix.EEXIST) {
			return lock, err
		}
		removed, err := lock.removeOld(name)
		if err != nil {
			return nil, err
		}
		if removed {
			pause = dotlockRest
		}
		if !time.Now().Before(until) {
			return nil, fmt.Errorf("%s: %w", lock.name, errDotlock)
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// create makes the lock.
func (l *dotlock) create() error {
	if l.store.dirLocal {
		if err := l.createHeld(); err == nil || errors.Is(err, unix.EEXIST) {
			return err
		}
	}
	fd, err := openAt(l.store.dir, l.name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := l.sign(fd, ""); err != nil {
		_ = unix.Unlinkat(l.store.dir, l.name, 0)
		return err
	}
	return nil
}

// sign writes what Dovecot looks for: process and host, and the end. If there is no room
// for that, the file is empty, as Dovecot's then is.
func (l *dotlock) sign(fd int, end string) error {
	l.taken = time.Now()
	host, err := os.Hostname()
	if err == nil {
		_, err = unix.Write(fd, fmt.Appendf(nil, "%d:%s%s", os.Getpid(), host, end))
	}
	if err != nil {
		_ = unix.Ftruncate(fd, 0)
	}
	if err := retry(func() error { return unix.Fstat(fd, &l.stat) }); err != nil {
		return fmt.Errorf("stat %q: %w", l.name, err)
	}
	return nil
}

// removeOld removes a lock of ours whose process has ended, or one of another program as
// removeStale does.
func (l *dotlock) removeOld(name string) (removed bool, err error) {
	if l.store.dirLocal && l.removeLeft() {
		return true, nil
	}
	return l.removeStale(name)
}

// removeStale removes the lock of another program if it was left: nothing has
// touched it or the file name for dotlockStale. It does not ask whether the
// process still runs: we may not see it, in a container.
func (l *dotlock) removeStale(name string) (removed bool, err error) {
	now := l.store.now()
	lock, isStale, err := l.isStale(l.name, now)
	if err != nil || !isStale {
		return false, err
	}
	if _, isStale, err = l.isStale(name, now); err != nil || !isStale {
		return false, err
	}
	again, err := statAt(l.store.dir, l.name)
	if err != nil || again.Ino != lock.Ino || again.Ctim != lock.Ctim {
		return false, nil // It was replaced meanwhile.
	}
	err = retry(func() error { return unix.Unlinkat(l.store.dir, l.name, 0) })
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return false, fmt.Errorf("remove stale lock %q: %w", l.name, err)
	}
	l.store.logger().Warn("stale lock removed", "file", l.name)
	return true, nil
}

// isStale reports whether nothing has touched a file for dotlockStale. One that
// is not there does not count.
func (l *dotlock) isStale(name string, now time.Time) (unix.Stat_t, bool, error) {
	stat, err := statAt(l.store.dir, name)
	if errors.Is(err, unix.ENOENT) {
		return stat, name != l.name, nil
	}
	if err != nil {
		return stat, false, err
	}
	age := min(now.Sub(time.Unix(stat.Mtim.Unix())), now.Sub(time.Unix(stat.Ctim.Unix())))
	return stat, age > dotlockStale, nil
}

// isHeld returns an error unless the lock is still ours, and not so old that
// another program may soon remove it.
func (l *dotlock) isHeld() error {
	stat, err := statAt(l.store.dir, l.name)
	if err == nil && (!l.isOurs(stat) || time.Since(l.taken) > dotlockHold) {
		err = fmt.Errorf("%s: %w", l.name, errDotlock)
	}
	return err
}

// release removes the lock if it is still ours.
func (l *dotlock) release() {
	stat, err := statAt(l.store.dir, l.name)
	if err == nil && l.isOurs(stat) {
		_ = unix.Unlinkat(l.store.dir, l.name, 0)
	}
	if l.fd >= 0 {
		_ = unix.Close(l.fd) // If the file is still there, the next session removes it.
		l.fd = -1
	}
}

// isOurs reports whether a file with that status is the one that create has made.
// Another one may have got its inode since. A file server may set its time only when
// it is closed.
func (l *dotlock) isOurs(stat unix.Stat_t) bool {
	return stat.Dev == l.stat.Dev && stat.Ino == l.stat.Ino && (stat.Mtim == l.stat.Mtim || !l.store.dirLocal)
}
