package maildir

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// A Maildir from which nothing can be removed is not served: each QUIT would
// fail, and a client that fetches and deletes would fetch the same mail at each
// poll. A full disk is no reason: to delete makes room.

// writable returns an error if the calling thread may not remove files from new
// and cur. What else may be in the way, look finds.
func (s *store) writable() error {
	for _, name := range subNames {
		err := retry(func() error { return access(s.dir, name) })
		if err == nil {
			continue
		}
		if other := isDir(s.dir, name); other != nil {
			err = other
		}
		return s.refused(name, err)
	}
	return nil
}

// removable returns an error if the states show that no file could be removed.
func (s *store) removable(all states) error {
	for sub, name := range subNames {
		var err error
		switch {
		case all[sub].fixed:
			err = fmt.Errorf("its attributes forbid it, see chattr(1): %w", unix.EPERM)
		case all[sub].ino == 0:
			err = isDir(s.dir, name)
		}
		if err != nil {
			return s.refused(name, err)
		}
	}
	return nil
}

// refused is the error of a mailbox of which nothing can be removed from the
// subdirectory name.
func (s *store) refused(name string, err error) error {
	err = fmt.Errorf("no message could be removed from %s: %w", name, err)
	if errors.Is(err, unix.EROFS) {
		err = fmt.Errorf("%w: %s", err, readOnlyCause(s.dir))
	}
	if errors.Is(err, unix.EROFS) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
		err = fmt.Errorf("%w: %w", err, pop3.ErrPermanent)
	}
	return err
}

// isDir returns why a name below dir is no directory that can be opened, if
// so.
func isDir(dir int, name string) error {
	fd, err := openDir(dir, name, unix.O_PATH)
	if errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("%s: %w", name, errMissing)
	}
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// access returns why this thread could not change the directory name below dir,
// if so. A kernel, or a sandbox around us, that does not know the call says
// nothing.
func access(dir int, name string) error {
	err := askAccess(dir, name)
	if err == unix.ENOSYS || err == unix.EPERM {
		return nil
	}
	return err
}

// askAccess asks whether the directory name below dir may be changed with the
// ids of this thread that count for files, which a call without AT_EACCESS would
// not ask about.
func askAccess(dir int, name string) error {
	path, err := unix.BytePtrFromString(name)
	if err != nil {
		return err
	}
	_, _, errno := unix.Syscall6(unix.SYS_FACCESSAT2, uintptr(dir), uintptr(unsafe.Pointer(path)),
		unix.W_OK|unix.X_OK, unix.AT_EACCESS|unix.AT_SYMLINK_NOFOLLOW, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// readOnlyCause says which of two read-only things it is: the file system, or
// only the way in which this process sees it.
func readOnlyCause(dir int) string {
	const sandbox = "the mount is read-only, its file system is not; " +
		"if the service's sandbox is the cause, add the path to ReadWritePaths= of the unit, else mount it read-write"
	if options, ok := superOptions(dir); ok && hasOption(options, "rw") {
		return sandbox
	}
	return "the file system is mounted read-only; mount it read-write"
}

// superOptions returns the options of the file system of an open file, which
// hold for all mounts of it (proc_pid_mountinfo(5)).
func superOptions(fd int) (string, bool) {
	var stat unix.Statx_t
	if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_MNT_ID, &stat); err != nil || stat.Mask&unix.STATX_MNT_ID == 0 {
		return "", false
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", false
	}
	id := strconv.FormatUint(stat.Mnt_id, 10)
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] == id {
			return fields[len(fields)-1], true
		}
	}
	return "", false
}

func hasOption(options, option string) bool {
	for o := range strings.SplitSeq(options, ",") {
		if o == option {
			return true
		}
	}
	return false
}
