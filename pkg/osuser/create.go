package osuser

import (
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Create creates an empty file that is missing, and gives it to owner. A process that is
// killed meanwhile leaves no file of root that the owner could not write. Where the file system
// cannot do that, the next call of root mends it: an empty file that only root can write
// is given to owner too. Any other file that exists stays as it is. Create treats links like
// OpenFile. The error is that of the system, or names the problem of the path.
func Create(name string, mode os.FileMode, owner *Owner) error {
	if os.Geteuid() != 0 {
		return createPlain(name, mode, owner)
	}
	p, err := findParent(name)
	if err != nil {
		return &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(p.dir)
	err = p.make(uint32(mode.Perm()), owner.UID, owner.GID)
	if err == unix.EEXIST {
		err = p.giveAbandoned(owner)
	}
	if err != nil {
		return &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return nil
}

// createPlain creates a file with the rights of the process.
func createPlain(name string, mode os.FileMode, owner *Owner) error {
	f, err := openPlain(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if os.IsExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return closeWith(f, f.Chown(owner.UID, owner.GID))
}

// make makes the file for a user and a group, -1 for those of the process. The file gets its
// name last, so that no other process sees it before it belongs to the user.
func (p *parent) make(mode uint32, uid, gid int) error {
	fd, err := unix.Openat(p.dir, ".", unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, mode)
	if err != nil {
		return p.makeInSteps(mode, uid, gid) // Not every file system has files without a name.
	}
	defer unix.Close(fd)
	if err := unix.Fchown(fd, uid, gid); err != nil {
		return err
	}
	err = unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", fd), p.dir, p.base, unix.AT_SYMLINK_FOLLOW)
	if err != nil && err != unix.EEXIST {
		return p.makeInSteps(mode, uid, gid)
	}
	return err
}

// makeInSteps makes the file and then gives it to the user.
func (p *parent) makeInSteps(mode uint32, uid, gid int) error {
	fd, err := unix.Openat(p.dir, p.base, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|always, mode)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err = unix.Fchown(fd, uid, gid); err != nil {
		_ = unix.Unlinkat(p.dir, p.base, 0) // The next call gives it otherwise.
	}
	return err
}

// giveAbandoned gives the file to owner if a process that was killed has left it.
func (p *parent) giveAbandoned(owner *Owner) error {
	var st unix.Stat_t
	if err := unix.Fstatat(p.dir, p.base, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil || !isAbandoned(&st) {
		return nil // Opening the file reports what is wrong with it.
	}
	fd, err := unix.Openat(p.dir, p.base, unix.O_WRONLY|always, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return give(fd, owner.UID, owner.GID)
}

// give gives an open file to a user and a group if a process that was killed has left it.
func give(fd, uid, gid int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || !isAbandoned(&st) {
		return err
	}
	return unix.Fchown(fd, uid, gid)
}

// isAbandoned reports whether a file may be one that a process was killed before giving it to
// its owner: it is empty, has one name, and only root can write it.
func isAbandoned(st *unix.Stat_t) bool {
	return st.Uid == 0 && st.Size == 0 && st.Nlink == 1 && st.Mode&unix.S_IFMT == unix.S_IFREG && st.Mode&0o022 == 0
}

// IsAbandoned reports whether a file is one that Create would give to its owner.
func IsAbandoned(name string) bool {
	var st unix.Stat_t
	return unix.Lstat(name, &st) == nil && isAbandoned(&st)
}
