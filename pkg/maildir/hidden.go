package maildir

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// A hidden directory is one of a Maildir in which no program looks for mail: its
// name does not begin with a dot, as those of the folders of Maildir++ do, and it
// has no cur, new and tmp. So IMAP servers do not show it, and maildirsize does not
// count it.

// hide moves the file that is there into a hidden directory, under its name. It never
// takes the name of another file. After an error the file is where it was.
func (p place) hide(dir int) error { return p.rename(dir, p.name) }

// unhide moves a file from a hidden directory to a directory of the mailbox, under its
// name. It never takes the name of another file. Only regular files are messages.
func unhide(hidden int, name string, dir int) error {
	stat, err := statAt(hidden, name)
	if err != nil {
		return err
	}
	if !isRegular(stat) {
		return errNoFile
	}
	return place{subs: &subdirs{hidden, hidden}, name: name}.rename(dir, name)
}

// errNotOurs means that a hidden directory belongs to another user, who could read what
// is in it.
var errNotOurs = errors.New("it belongs to another user")

// openHidden opens a hidden directory, which is no symbolic link and belongs to the
// owner of the directory at or to the user of this thread. The caller closes it.
func openHidden(at int, name string) (int, error) {
	fd, err := openDir(at, name, unix.O_RDONLY)
	if err != nil {
		return -1, err
	}
	var parent, stat unix.Stat_t
	err = errors.Join(unix.Fstat(at, &parent), unix.Fstat(fd, &stat))
	if err == nil && stat.Uid != parent.Uid && int(stat.Uid) != threadUID() {
		err = fmt.Errorf("%s: %w: %w", name, pop3.ErrPermanent, errNotOurs)
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// threadUID returns the user whose rights the calling thread has for files.
func threadUID() int {
	uid, _ := unix.SetfsuidRetUid(-1) // An id that does not exist changes nothing.
	return uid
}

// makeHidden opens a hidden directory, which it makes if it is missing. The caller
// closes it.
func makeHidden(at int, name string) (int, error) {
	err := retry(func() error { return unix.Mkdirat(at, name, 0o700) })
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return -1, fmt.Errorf("make %q: %w", name, err)
	}
	return openHidden(at, name)
}
