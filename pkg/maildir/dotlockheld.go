package maildir

import (
	"bytes"
	"errors"

	"golang.org/x/sys/unix"
)

// heldEnd is the end of a dotlock that its process holds with flock(2). Dovecot writes
// none, and ignores it.
const heldEnd = "\n"

// createHeld makes the lock and holds it with flock(2), which ends with the process. So
// others know when it was left. It gets its name when it is complete: a process that is
// killed here leaves it marked, or leaves a file in tmp, which delivery agents remove.
func (l *dotlock) createHeld() error {
	if _, err := statAt(l.store.dir, l.name); !errors.Is(err, unix.ENOENT) {
		return errors.Join(err, unix.EEXIST)
	}
	tmp, err := openDir(l.store.dir, "tmp", unix.O_PATH)
	if err != nil {
		return err
	}
	defer unix.Close(tmp)
	temp := tmpName(l.name)
	fd, err := openAt(tmp, temp, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Unlinkat(tmp, temp, 0) }()
	err = flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		err = l.sign(fd, heldEnd)
	}
	if err == nil {
		err = retry(func() error { return unix.Linkat(tmp, temp, l.store.dir, l.name, 0) })
	}
	if err != nil {
		_ = unix.Close(fd)
		return err
	}
	l.fd = fd
	return nil
}

// removeLeft removes a lock that createHeld has made in a process that has ended.
func (l *dotlock) removeLeft() bool {
	fd, stat, err := openRegular(l.store.dir, l.name, unix.O_RDONLY)
	if err != nil {
		return false
	}
	defer unix.Close(fd) // With it ends the lock, which keeps others from doing the same.
	var text [512]byte
	n, err := unix.Read(fd, text[:])
	if err != nil || !bytes.HasSuffix(text[:n], []byte(heldEnd)) || flock(fd, unix.LOCK_EX|unix.LOCK_NB) != nil {
		return false
	}
	now, err := statAt(l.store.dir, l.name)
	if err != nil || now.Dev != stat.Dev || now.Ino != stat.Ino {
		return false // It was replaced meanwhile.
	}
	if err := retry(func() error { return unix.Unlinkat(l.store.dir, l.name, 0) }); err != nil {
		return false
	}
	l.store.logger().Warn("stale lock removed", "file", l.name)
	return true
}
