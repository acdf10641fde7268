package maildir

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// heldFile is a file that is kept in sight while its name is removed.
type heldFile struct {
	fd   int // opened with O_PATH
	stat unix.Stat_t
}

// hold opens what is there, whatever it is; the caller closes it.
func (p place) hold() (f heldFile, err error) {
	f.fd, err = openAt(p.dir(), p.name, unix.O_PATH, 0)
	if err != nil {
		return f, err
	}
	if err := f.ask(); err != nil {
		f.close()
		return f, fmt.Errorf("stat %q: %w", p.name, err)
	}
	return f, nil
}

// ask asks for the status.
func (f *heldFile) ask() error { return retry(func() error { return unix.Fstat(f.fd, &f.stat) }) }

// isGone reports whether the file is known to have no name any more, but for the hidden
// one that it may have, so that it can get none either.
func (f heldFile) isGone(hidden bool) bool {
	names := 0
	if hidden {
		names = 1
	}
	return f.ask() == nil && int(f.stat.Nlink) == names
}

func (f heldFile) close() { _ = unix.Close(f.fd) }
