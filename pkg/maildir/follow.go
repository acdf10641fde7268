package maildir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

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

// explain returns what tpopsctl import calls the server whose list has the UIDLs of s
// for the messages of v; empty if there is none, or if the settings follow a list.
// An error reading a list means that it explains nothing.
func (r *reader) explain(ctx context.Context, s *served, v *view) string {
	if s == nil || r.options.follows() {
		return ""
	}
	for _, l := range foreignLists {
		if stat, err := statAt(r.dir, l.file); err != nil || !isRegular(stat) {
			continue
		}
		theirs, options := *r, *r.options // Other sessions use the options too.
		options.UIDL, options.readOnly = l.server, true
		theirs.options = &options
		n, err := theirs.rule().apply(ctx, v)
		if err == nil && !slices.ContainsFunc(s.drifts(n), drift.isFar) {
			return l.server
		}
	}
	return ""
}

// wasGiven reports whether the Maildir was served last with UIDLs that do not follow
// from the names of its files, as far as tpops_served shows it. A clean-up may have
// removed the mark.
func (r *reader) wasGiven() bool {
	s, err := readServed(r.dir)
	return err == nil && s != nil && len(s.given) > 0
}
