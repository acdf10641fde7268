package maildir

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// lockFile is the file in the Maildir that is locked.
const lockFile = "tpops_lock"

// Pauses between attempts to get a lock; each is twice as long as the last.
const (
	firstPause = 5 * time.Millisecond
	maxPause   = 500 * time.Millisecond
)

// lock is what of a mailbox a session has locked with flock(2): lockFile, the
// Maildir itself, mostly both. The file is what clients of a network file
// system can lock; the directory still excludes when a disk is full or
// read-only, or when somebody removes the file. The kernel frees both when the
// process dies.
type lock struct {
	file int  // descriptor, -1 if not locked
	dir  bool // the Maildir is locked
}

// errBusy means that another session has the lock.
var errBusy = errors.New("locked by another session")

// acquire locks the mailbox. The error wraps pop3.ErrLocked if others held the
// lock for all of LockWait.
func (m *Mailbox) acquire(ctx context.Context) error {
	deadline := time.Now().Add(m.options.LockWait)
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		err := m.owner.Do(m.tryLock)
		if !errors.Is(err, errBusy) {
			return err
		}
		left := time.Until(deadline)
		if left <= 0 {
			return fmt.Errorf("%w: %w", pop3.ErrLocked, err)
		}
		if err := wait(ctx, min(pause, left)); err != nil {
			return err
		}
	}
}

// wait returns after d, or earlier with the error of ctx.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tryLock locks the mailbox or returns errBusy, or another error if neither
// the directory nor the file can be locked at all. Without the lock it keeps
// nothing.
func (m *Mailbox) tryLock() error {
	dirErr := flock(m.dir, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(dirErr, errBusy) {
		return dirErr
	}
	m.lock.dir = dirErr == nil
	fd, fileErr := openLocked(m.dir)
	if fileErr == nil {
		m.lock.file = fd
		return nil
	}
	if errors.Is(fileErr, errBusy) || dirErr != nil {
		m.release()
		return errors.Join(fileErr, dirErr)
	}
	m.log.Warn("only the directory is locked, not the file in it", "file", lockFile, "error", fileErr)
	return nil
}

// openLocked opens lockFile and locks it. errBusy means that it may work later.
func openLocked(dir int) (int, error) {
	fd, stat, err := openRegular(dir, lockFile, unix.O_RDWR|unix.O_CREAT)
	if isReadOnly(err) {
		fd, stat, err = openRegular(dir, lockFile, unix.O_RDONLY)
	}
	if err != nil {
		return -1, err
	}
	if err = flock(fd, unix.LOCK_EX|unix.LOCK_NB); err == nil {
		err = stillNamed(dir, stat)
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// isReadOnly reports whether err comes from the wish to write or to make a
// file, so that one that exists may be opened to read.
func isReadOnly(err error) bool {
	for _, reason := range []error{unix.EROFS, unix.EACCES, unix.EPERM, unix.ENOSPC, unix.EDQUOT} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

// stillNamed returns errBusy unless lockFile is the file of stat: if it was
// removed before it was locked, another session locks its successor.
func stillNamed(dir int, stat unix.Stat_t) error {
	now, err := statAt(dir, lockFile)
	if errors.Is(err, unix.ENOENT) {
		return errBusy
	}
	if err != nil {
		return err
	}
	if now.Dev != stat.Dev || now.Ino != stat.Ino {
		return errBusy
	}
	return nil
}

// flock is flock(2), with errBusy in place of EWOULDBLOCK.
func flock(fd, how int) error {
	err := retry(func() error { return unix.Flock(fd, how) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errBusy
	}
	if err != nil {
		return fmt.Errorf("flock: %w", err)
	}
	return nil
}

// release frees the lock, if there is one. It does not leave that to the
// closing of the descriptors, since a process that was started a moment ago
// may still hold copies of them.
func (m *Mailbox) release() {
	if m.lock.file >= 0 {
		_ = flock(m.lock.file, unix.LOCK_UN)
		_ = unix.Close(m.lock.file)
	}
	if m.lock.dir {
		_ = flock(m.dir, unix.LOCK_UN)
	}
	m.lock = lock{file: -1}
}
