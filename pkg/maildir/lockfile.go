package maildir

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// lockFile is the file in the Maildir that is locked.
const lockFile = "tpops_lock"

// openLocked opens lockFile and locks it. errBusy means that it may work later.
// admit is asked before the file is made, and if it is marked; its error is
// returned as it is.
func openLocked(dir int, admit func() error) (int, error) {
	fd, stat, err := openAdmitted(dir, admit)
	if isReadOnly(err) {
		refused := err
		fd, stat, err = openRegular(dir, lockFile, unix.O_RDONLY)
		if errors.Is(err, unix.ENOENT) && err != errNoFile {
			err = refused // There is no file, and that is why it cannot be made.
		}
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

// openAdmitted opens lockFile and makes it if it is missing, unless admit has an
// error.
func openAdmitted(dir int, admit func() error) (int, unix.Stat_t, error) {
	fd, stat, err := openRegular(dir, lockFile, unix.O_RDWR)
	isMissing := errors.Is(err, unix.ENOENT) && err != errNoFile
	if !isMissing && (err != nil || stat.Size == 0) {
		return fd, stat, err
	}
	refused := admit()
	if refused == nil && !isMissing {
		return fd, stat, nil
	}
	if !isMissing {
		_ = unix.Close(fd)
	}
	if refused != nil {
		return -1, stat, refused
	}
	return openRegular(dir, lockFile, unix.O_RDWR|unix.O_CREAT)
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
