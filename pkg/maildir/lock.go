package maildir

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// Pauses between attempts to get a lock; each is twice as long as the last.
const (
	firstPause = 5 * time.Millisecond
	maxPause   = 500 * time.Millisecond
)

// lock is what of a mailbox a session has locked with flock(2): lockFile, the
// Maildir itself, mostly both. The kernel frees both when the process dies.
//
// The file is what counts: only its owner can open it (0600), so only the
// owner's sessions can lock it. A directory can be locked by anybody who may
// open it for reading; were that heeded, any local user could lock the owner
// of an open Maildir (0755) out for ever. But the directory is there when the
// file cannot be had: the disk is full or read-only, something else has its
// name. So
//
//   - a session that cannot have the file must have the directory. There a
//     stranger can keep it out, until the file can be had again; without any
//     lock, mail could be deleted behind the back of another session.
//   - a session that has the file takes the directory too, so that those that
//     come without the file are kept out. The directory is freed first:
//     whoever gets the file finds it free.
//   - if it finds the directory busy, that is a session without the file, or
//     one whose file was removed, or a stranger. No stranger can be it if the
//     directory is private: then it is heeded. Else the session goes on.
//
// On a network file system the lock of a directory holds on this host only. There a
// session must have the file.
//
// So in a private Maildir exclusion is complete. In an open one it has a gap: two
// sessions are in if the file can be had again, or was removed by its owner, while the
// first is in. Each then has its own listing, and what the other deletes is gone for it,
// as if another program had done it.
type lock struct {
	file int  // descriptor, -1 if not locked
	dir  bool // the Maildir is locked
}

// errBusy means that another session has the lock.
var errBusy = errors.New("locked by another session")

// lockedLook locks the mailbox, unless the options want no lock, and then looks
// at it. The error is errBusy if another session has the lock.
func (m *Mailbox) lockedLook() (look, error) {
	if m.reader.options.Lock {
		if err := m.lock.try(&m.store, m.reader.admit); err != nil {
			return look{}, err
		}
	}
	return m.look(m.reader.rule().file())
}

// lockedInterval is how often Login.Locked is called.
const lockedInterval = time.Second

// acquire waits for the lock, and then looks at the mailbox. It calls locked, unless it is
// nil, while it waits. The error wraps pop3.ErrLocked if others held the lock for all of
// LockWait.
func (m *Mailbox) acquire(ctx context.Context, locked func()) (now look, err error) {
	start := time.Now()
	deadline, next := start.Add(m.reader.options.LockWait), start
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		asks := locked != nil && !time.Now().Before(next)
		if asks {
			locked()
			next = time.Now().Add(lockedInterval)
			pause = firstPause // Usually the other session is gone at once.
		}
		err := m.owner.Do(func() (err error) {
			if now, err = m.lockedLook(); asks && errors.Is(err, errBusy) {
				m.store.ask()
			}
			return err
		})
		if !errors.Is(err, errBusy) {
			return now, err
		}
		if pause == firstPause {
			pop3.Count(ctx, pop3.FigureLockWaits)
		}
		left := time.Until(deadline)
		if left <= 0 {
			return now, fmt.Errorf("%w: %w", pop3.ErrLocked, err)
		}
		if err := wait(ctx, min(pause, left)); err != nil {
			return now, err
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

// try locks the mailbox or returns errBusy, or another error if neither
// the directory nor the file can be locked at all. Without the lock it keeps
// nothing.
func (l *lock) try(s *store, admit func() error) error {
	fd, fileErr := openLocked(s.dir, admit)
	if errors.Is(fileErr, errBusy) || errors.Is(fileErr, ErrForeign) || errors.Is(fileErr, errUndecided) {
		return fileErr
	}
	dirErr := flock(s.dir, unix.LOCK_EX|unix.LOCK_NB)
	*l = lock{file: fd, dir: dirErr == nil}
	err := s.suffices(fileErr, dirErr)
	if err != nil {
		l.release(s.dir)
	}
	return err
}

// suffices returns an error if the locks of lockFile and of the directory, which had these errors,
// are not enough to keep others out.
func (s *store) suffices(fileErr, dirErr error) error {
	isBusy := errors.Is(dirErr, errBusy)
	switch {
	case fileErr != nil && !s.dirLocal:
		return fmt.Errorf("lock %s (other hosts do not see the lock of a directory): %w", lockFile, fileErr)
	case fileErr != nil && dirErr == nil:
		s.logger().Warn("lock file not locked, only the directory", "file", lockFile, "error", fileErr)
	case fileErr != nil || isBusy && isPrivate(s.dir):
		return errors.Join(fileErr, dirErr)
	case isBusy:
		s.logger().Warn("directory locked by another program, only the lock file is locked", "file", lockFile)
	}
	return nil
}

// isPrivate reports whether nobody but its owner, and root, can open the
// directory. The bits of the group stand for access control lists as well.
func isPrivate(dir int) bool {
	var stat unix.Stat_t
	err := retry(func() error { return unix.Fstat(dir, &stat) })
	return err == nil && stat.Mode&0o077 == 0
}

// confirm returns an error if another session has the mailbox now: a file server frees the
// locks of a host that it has not heard from for a while, and that host is not told.
func (l *lock) confirm(s *store) error {
	if s.dirLocal || l.file < 0 {
		return nil
	}
	err := flock(l.file, unix.LOCK_EX|unix.LOCK_NB)
	if err != nil { // Some file systems count the lock that we have against us.
		_ = flock(l.file, unix.LOCK_UN)
		err = flock(l.file, unix.LOCK_EX|unix.LOCK_NB)
	}
	if err != nil {
		return fmt.Errorf("the file server has freed the lock of this session: %w", err)
	}
	return nil
}

// release frees the lock of the directory dir, if there is one. It does not leave that to the
// closing of the descriptors, since a process that was started a moment ago
// may still hold copies of them. The directory comes first, see lock.
func (l *lock) release(dir int) {
	if l.dir {
		_ = flock(dir, unix.LOCK_UN)
	}
	if l.file >= 0 {
		_ = flock(l.file, unix.LOCK_UN)
		_ = unix.Close(l.file)
	}
	*l = lock{file: -1}
}
