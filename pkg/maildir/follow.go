package maildir

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A Maildir that was served with the UIDLs of another server's list must not be
// served with those of file names later, just because the setting has changed and
// the list was not imported. So lockFile, which is empty otherwise, is marked:
// it contains the rule.

// mark marks the Maildir as one that is served with another server's list.
func (r *reader) mark() {
	if stat, err := statAt(r.dir, lockFile); err == nil && stat.Size > 0 {
		return
	}
	fd, _, err := openRegular(r.dir, lockFile, unix.O_WRONLY|unix.O_CREAT)
	if err == nil {
		file := os.NewFile(uintptr(fd), lockFile)
		_, err = fmt.Fprintf(file, "maildir-uidl = %s\n", r.options.UIDL)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		r.logger().Warn("lock file not marked", "file", lockFile, "error", err)
	}
}

// unmark removes the mark, if there is one: the Maildir has UIDLs of its own now.
func (r *reader) unmark() {
	if isMarked, err := r.isMarked(); err != nil || !isMarked {
		return
	}
	fd, _, err := openRegular(r.dir, lockFile, unix.O_WRONLY|unix.O_TRUNC)
	if err == nil {
		_ = unix.Close(fd)
	}
}

// isMarked reports whether the Maildir was served with another server's list
// last.
func (r *reader) isMarked() (bool, error) {
	stat, err := statAt(r.dir, lockFile)
	if errors.Is(err, unix.ENOENT) {
		return false, nil
	}
	return err == nil && stat.Size > 0, err
}
