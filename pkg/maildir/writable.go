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

// writable returns an error unless messages can be removed from the mailbox
// with the rights of the calling thread. From one that is read-only each QUIT fails, and a client that fetches and
// deletes would fetch the same mail at each poll. A full disk is no reason: to
// delete makes room.
func (s *store) writable() error {
	var err error
	for _, name := range subNames {
		if err = mayWrite(s.dir, name); err != nil {
			err = fmt.Errorf("no message could be removed from %s: %w", name, err)
			break
		}
	}
	if errors.Is(err, unix.EROFS) {
		err = fmt.Errorf("%w: %s", err, readOnlyCause(s.dir))
	}
	if errors.Is(err, unix.EROFS) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
		err = fmt.Errorf("%w: %w", err, pop3.ErrPermanent)
	}
	return err
}

// mayWrite returns why the calling thread could not remove a file from a
// directory, if so. What is wrong with the directory otherwise is found out by
// whoever opens it.
func mayWrite(dir int, name string) error {
	var stat unix.Statx_t
	err := unix.Statx(dir, name, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_TYPE, &stat)
	if err != nil || stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		if err := isDir(dir, name); err != nil {
			return err
		}
	}
	if err := retry(func() error { return access(dir, name) }); err != nil {
		return err
	}
	if stat.Attributes&fixed != 0 {
		return fmt.Errorf("its attributes forbid it, see chattr(1): %w", unix.EPERM)
	}
	return nil
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

// fixed are the attributes of a directory from which nothing can be removed.
const fixed = unix.STATX_ATTR_IMMUTABLE | unix.STATX_ATTR_APPEND

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
