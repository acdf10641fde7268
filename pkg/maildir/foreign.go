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

// errForeign means that clients know the messages of a Maildir by the UIDLs of
// another server. It is for [SYS/TEMP]: the operator has to decide.
var errForeign = errors.New("messages would get new UIDLs, and clients would download them again")

// admit returns errForeign if the settings do not accept what isForeign
// describes. It is asked only as long as there is no lockFile, which the first
// login makes. So it costs nothing later, and a list that another server makes
// later, because it serves IMAP from the same Maildir, changes nothing.
func (m *Mailbox) admit() error {
	if !m.options.Refuse {
		return nil
	}
	list, server, err := m.foreignList()
	if list == "" || err != nil {
		return err
	}
	return fmt.Errorf("there is a %s, but no %s: %w; run: tpopsctl import --from %s --apply %s (or set uidl-mismatch = accept)",
		list, uidlFile, errForeign, server, m.path)
}

// foreignList returns the list of another server in a Maildir with messages that
// TPOPS has not served yet, and what the server is called; empty if there is
// none. TPOPS has served it if there is a lockFile or an index, which every login
// makes that lists messages, and one with a uidlFile was imported.
func (m *Mailbox) foreignList() (list, server string, err error) {
	for _, own := range [...]string{lockFile, uidlFile, indexName} {
		if _, err := statAt(m.dir, own); !errors.Is(err, unix.ENOENT) {
			return "", "", err
		}
	}
	for _, l := range foreignLists {
		stat, err := statAt(m.dir, l.file)
		if err == nil && isRegular(stat) {
			some, err := m.hasMessages()
			if err != nil || !some {
				return "", "", err
			}
			return l.file, l.server, nil
		}
	}
	return "", "", nil
}

// hasMessages reports whether there is a file in new or cur.
func (m *Mailbox) hasMessages() (bool, error) {
	subs, err := openSubdirs(m.dir, unix.O_RDONLY)
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
func (m *Mailbox) admitUnlocked() error {
	if _, err := statAt(m.dir, lockFile); err == nil {
		return nil
	}
	if err := m.admit(); err != nil {
		return err
	}
	fd, _, err := openRegular(m.dir, lockFile, unix.O_RDWR|unix.O_CREAT)
	if err != nil {
		m.log.Warn("lock file not made", "file", lockFile, "error", err)
		return nil
	}
	return unix.Close(fd)
}
