package maildir

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// The lists in which other servers keep the UIDLs of a Maildir, and what
// tpopsctl import calls the servers.
var foreignLists = [...]struct{ file, server string }{
	{"dovecot-uidlist", "dovecot"},
	{"courierpop3dsizelist", "courier"},
}

// ErrForeign means that clients know the messages of a Maildir by the UIDLs of
// another server. It is for [SYS/TEMP]: the operator has to decide.
var ErrForeign = errors.New("messages would get new UIDLs, and clients would download them again")

// errUndecided means that it cannot be found out whether ErrForeign applies.
var errUndecided = errors.New("look for the list of another server")

// admit returns ErrForeign if the settings do not accept what isForeign
// describes. It is asked only as long as there is no lockFile, which the first
// login makes, or one that is marked, see mark. So it costs nothing later, and a
// list that another server makes later, because it serves IMAP from the same
// Maildir, changes nothing.
func (r *reader) admit() error {
	r.isFirst = true
	if r.options.follows() {
		r.mark() // Before anything fails: a lockFile without it would mean that the Maildir is ours.
		return nil
	}
	if !r.options.Refuse {
		r.unmark()
		return nil
	}
	if err := r.refuseForeign(); err != nil {
		return err
	}
	r.unmark()
	return nil
}

// refuseForeign returns ErrForeign with what to do if there is a foreignList.
func (r *reader) refuseForeign() error {
	list, server, err := r.foreignList()
	if err != nil {
		return fmt.Errorf("%w: %w", errUndecided, err)
	}
	if list == "" {
		return nil
	}
	if _, err := statAt(r.dir, uidlFile); err == nil {
		const fix = "maildir-uidl-convert = yes"
		return &foreignError{fmt.Errorf("there is a %s, and %s is ignored: %w; set %s (or uidl-mismatch = accept)",
			list, uidlFile, ErrForeign, fix), fix}
	}
	fix := importCommand(server, r.path)
	return &foreignError{fmt.Errorf("there is a %s, but no %s: %w; run: %s (or set uidl-mismatch = accept)",
		list, uidlFile, ErrForeign, fix), fix}
}

// foreignList returns the list of another server in a Maildir with messages that
// TPOPS has not served with UIDLs of its own yet, and what the server is called;
// empty if there is none. TPOPS has served it if there is a lockFile without a mark
// or an index, which every login makes that lists messages. An index does not count if
// the last UIDLs served were not those of names, see wasGiven. One with a uidlFile was
// imported, but that counts only if the settings use the file.
func (r *reader) foreignList() (list, server string, err error) {
	if own, err := r.isOwn(); own || err != nil {
		return "", "", err
	}
	for _, l := range foreignLists {
		stat, err := statAt(r.dir, l.file)
		if err != nil && !errors.Is(err, unix.ENOENT) {
			return "", "", err
		}
		if err != nil || !isRegular(stat) {
			continue
		}
		if some, err := r.hasMessages(); err != nil || !some {
			return "", "", err
		}
		return l.file, l.server, nil
	}
	return "", "", nil
}

// isOwn reports whether TPOPS has UIDLs of its own for the Maildir, see foreignList.
func (r *reader) isOwn() (bool, error) {
	var own []string
	isMarked, err := r.isMarked()
	if err != nil {
		return false, err
	}
	if !isMarked {
		own = append(own, lockFile)
	}
	if !isMarked && !r.wasGiven() {
		own = append(own, indexName)
	}
	if r.options.UIDLConvert {
		own = append(own, uidlFile)
	}
	for _, name := range own {
		if _, err := statAt(r.dir, name); !errors.Is(err, unix.ENOENT) {
			return err == nil, err
		}
	}
	return false, nil
}

// hasMessages reports whether there is a file in new or cur.
func (r *reader) hasMessages() (bool, error) {
	subs, err := openSubdirs(r.dir, unix.O_RDONLY)
	if err != nil {
		return false, err
	}
	defer subs.close()
	for _, fd := range subs {
		err := readDir(fd, make([]byte, 4096), func() error { return nil }, func(entry dirent) error {
			if !isHidden(entry.name) && isMessage(fd, entry) {
				return errNotEmpty
			}
			return nil
		})
		if errors.Is(err, errNotEmpty) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// admitUnlocked is admit for a Maildir that is not locked. It leaves a lockFile, so
// that the next login knows that there was one.
func (r *reader) admitUnlocked() error {
	if stat, err := statAt(r.dir, lockFile); err == nil && stat.Size == 0 {
		return nil
	}
	if err := r.admit(); err != nil || r.options.follows() {
		return err // The file of one that follows is made with its mark: an empty one means another rule.
	}
	fd, _, err := openRegular(r.dir, lockFile, unix.O_RDWR|unix.O_CREAT)
	if err != nil {
		r.log.Warn("lock file not made", "file", lockFile, "error", err)
		return nil
	}
	return unix.Close(fd)
}
