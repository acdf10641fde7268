package maildir

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// The directories that hold messages, in the order in which they are read: a
// message that moves from new to cur meanwhile is seen at least once.
const (
	inNew = iota
	inCur
)

var subNames = [...]string{inNew: "new", inCur: "cur"}

// errNoFile is any file that cannot be a message: it stands for ENOENT, so
// that what a link points to, or whether it does, makes no difference.
var errNoFile error = noFileError{}

// noFileError is the type of errNoFile, whose text does not claim that there is nothing.
type noFileError struct{}

func (noFileError) Error() string { return "not a regular file" }

func (noFileError) Unwrap() error { return unix.ENOENT }

// openDir opens a directory below at, which may not be a symbolic link. mode
// is O_RDONLY to read it, O_PATH to open files in it. If it is no directory
// the error wraps pop3.ErrPermanent.
func openDir(at int, name string, mode int) (int, error) {
	fd, err := openAt(at, name, mode|unix.O_DIRECTORY, 0)
	if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		err = fmt.Errorf("%w: %w", pop3.ErrPermanent, err)
	}
	return fd, err
}

// tmpName returns a name for a file in tmp that will replace, or become, the file name in
// the Maildir. No other session has it.
func tmpName(name string) string {
	return fmt.Sprintf("%d.%s.%s", time.Now().Unix(), rand.Text(), name)
}

// openRegular opens a regular file below at with the given flags and returns
// its status. It never waits, whatever stands there. If it is another kind of
// file the error is errNoFile.
func openRegular(at int, name string, flags int) (int, unix.Stat_t, error) {
	var stat unix.Stat_t
	fd, err := openAt(at, name, flags|unix.O_NONBLOCK|unix.O_NOCTTY, 0o600)
	// ELOOP is a symbolic link, ENXIO a socket or a FIFO that nobody reads,
	// EISDIR a directory opened for writing.
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENXIO) || errors.Is(err, unix.EISDIR) {
		return -1, stat, errNoFile
	}
	if err != nil {
		return -1, stat, err
	}
	err = retry(func() error { return unix.Fstat(fd, &stat) })
	if err == nil && !isRegular(stat) {
		err = errNoFile
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, stat, err
	}
	return fd, stat, nil
}

// openAt opens name below at, which is not followed if it is a symbolic link.
func openAt(at int, name string, flags int, perm uint32) (fd int, err error) {
	err = retry(func() error {
		fd, err = unix.Openat(at, name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, perm)
		return err
	})
	if err != nil {
		return -1, fmt.Errorf("open %q: %w", name, err)
	}
	return fd, nil
}

// statAt returns the status of name below at, not of what a link points to.
func statAt(at int, name string) (unix.Stat_t, error) {
	var stat unix.Stat_t
	err := retry(func() error { return unix.Fstatat(at, name, &stat, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil {
		return stat, fmt.Errorf("stat %q: %w", name, err)
	}
	return stat, nil
}

func isRegular(stat unix.Stat_t) bool { return stat.Mode&unix.S_IFMT == unix.S_IFREG }

// retry repeats a call that a signal interrupted, as happens on network file
// systems.
func retry(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

// subdirs are descriptors of new and cur, to open files in them.
type subdirs [len(subNames)]int

// openSubdirs opens both; the caller closes them. mode is O_RDONLY to read them,
// O_PATH to open files in them. That one is missing is an error: its messages
// are not gone, their store is away.
func openSubdirs(maildir, mode int) (subdirs, error) {
	subs := noSubdirs()
	for sub := range subs {
		if err := subs.open(maildir, uint8(sub), mode); err != nil {
			subs.close()
			return subs, err
		}
	}
	return subs, nil
}

// noSubdirs is subdirs of which none is open.
func noSubdirs() subdirs { return subdirs{-1, -1} }

// openOne opens one of the two, unless it is open, to open files in it. Its errors
// are those of openSubdirs: the other one has to be there too.
func (s *subdirs) openOne(maildir int, sub uint8) error {
	if s[sub] >= 0 {
		return nil
	}
	other := subNames[1-sub]
	stat, err := statAt(maildir, other)
	switch {
	case errors.Is(err, unix.ENOENT):
		err = errMissing
	case err == nil && stat.Mode&unix.S_IFMT != unix.S_IFDIR:
		err = fmt.Errorf("%w: %w", pop3.ErrPermanent, unix.ENOTDIR)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", other, err)
	}
	return s.open(maildir, sub, unix.O_PATH)
}

// open opens one of the two unless it is open.
func (s *subdirs) open(maildir int, sub uint8, mode int) error {
	if s[sub] >= 0 {
		return nil
	}
	fd, err := openDir(maildir, subNames[sub], mode)
	if errors.Is(err, unix.ENOENT) {
		err = errMissing
	}
	if err != nil {
		return fmt.Errorf("%s: %w", subNames[sub], err)
	}
	s[sub] = fd
	return nil
}

func (s subdirs) close() {
	for _, fd := range s {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
}
