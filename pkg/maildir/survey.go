package maildir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/compressed"
	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// Survey is a Maildir that is locked to import what another server has kept of it.
// It opens files with the rights of the owner and as carefully as a Mailbox. One
// goroutine at a time may use it.
type Survey struct {
	m        *Mailbox
	imported bool
}

// Surveyed is a message of a Survey.
type Surveyed struct {
	Name   string    // of one of its files, with flags
	Unique string    // up to the first colon
	UIDL   string    // that TPOPS gives it now
	Twin   bool      // another message has the same unique name, so that no UIDL can be kept
	Octets int64     // size of the file
	Mtime  time.Time // of the file
	Coded  string    // how the file is compressed or encrypted; empty if it is not
}

// OpenSurvey opens the Maildir dir, an absolute path, and locks it as a session
// does; the caller closes it. roots are as in Options. It makes no file, so that a
// Maildir that TPOPS has not served yet stays one.
//
// The error is or wraps ErrNoMaildir if the Maildir alone is missing, and
// pop3.ErrLocked if a session or another import has it. Other errors are those of
// Open.
func OpenSurvey(ctx context.Context, owner *osuser.Owner, dir string, roots []string, log *slog.Logger) (*Survey, error) {
	s := &Survey{m: newMailbox(owner, &Options{UIDLConvert: true, UseFilesize: true, Roots: roots, Log: log, accept: true})}
	s.m.path = dir
	err := s.m.owner.Do(func() error { return s.open(ctx, dir) })
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return s, nil
}

func (s *Survey) open(ctx context.Context, dir string) error {
	if !filepath.IsAbs(dir) {
		return errors.New("not an absolute path")
	}
	find := finder{s.m.owner, s.m.reader.options.Roots}
	fd, err := find.open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	s.m.use(fd)
	if err := s.lock(); err != nil {
		return err
	}
	given, err := s.m.reader.givenUIDLs(ctx)
	if err != nil {
		return err
	}
	s.imported = given != nil
	t, err := s.m.newView(nil).scanner(ctx).table()
	if err != nil {
		return err
	}
	s.m.view = s.m.newView(t)
	s.m.snap = newSnapshot(t, assignUIDLs(t, given), given.order(t))
	return nil
}

// errNoLockFile means that there is no lockFile, which is not made here: it would
// mean that TPOPS has served the Maildir.
var errNoLockFile = errors.New("no lock file")

// lock locks the lockFile, if there is one, and the directory. Whoever has the
// directory is heeded, also in a Maildir that is open to others: another import
// may have only that.
func (s *Survey) lock() error {
	fd, err := openLocked(s.m.dir, s.hasLockFile)
	if err == nil || errors.Is(err, errNoLockFile) {
		s.m.lock.file = fd
		err = flock(s.m.dir, unix.LOCK_EX|unix.LOCK_NB)
		s.m.lock.dir = err == nil
	}
	if errors.Is(err, errBusy) {
		return fmt.Errorf("in use by a session or another import: %w", pop3.ErrLocked)
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", lockFile, err)
	}
	return nil
}

// hasLockFile returns errNoLockFile if there is none. One that is marked is locked as
// any other.
func (s *Survey) hasLockFile() error {
	if _, err := statAt(s.m.dir, lockFile); err != nil {
		return errNoLockFile
	}
	return nil
}

// Imported reports whether there is a tpops_uidl.
func (s *Survey) Imported() bool { return s.imported }

// Listed returns the messages as Messages does, but without Octets, Mtime and Coded: it opens
// no file.
func (s *Survey) Listed() []Surveyed {
	var all []Surveyed
	for n := range s.m.Listing().Len() {
		i := s.m.snap.index(n + 1)
		f := s.m.snap.files[i]
		all = append(all, Surveyed{
			Name: s.m.snap.name(f), Unique: s.m.snap.unique(f),
			UIDL: s.m.Listing().Message(n + 1).UIDL, Twin: s.m.snap.isTwin(i),
		})
	}
	return all
}

// Messages returns the messages in the order in which TPOPS lists them now. An
// error is one of the system, or that of ctx.
func (s *Survey) Messages(ctx context.Context) ([]Surveyed, error) {
	all := s.Listed()
	err := s.m.owner.Do(func() error { return s.stat(ctx, all) })
	return all, err
}

// stat fills in what the files of all messages show.
func (s *Survey) stat(ctx context.Context, all []Surveyed) error {
	numbers := s.m.snap.numbers()
	each := func(yield func(int) bool) {
		for i := range numbers {
			if !yield(i) {
				return
			}
		}
	}
	_, err := s.m.view.each(ctx, each, func(i int, at place) error {
		m := &all[numbers[i]-1]
		fd, stat, err := openRegular(at.dir(), at.name, unix.O_RDONLY)
		if err == nil {
			m.Coded, err = codedAs(fd)
			_ = unix.Close(fd)
		} else if !errors.Is(err, unix.ENOENT) && !isPassing(err) {
			stat, err = statAt(at.dir(), at.name) // It may not be read, but is there.
		}
		m.Octets, m.Mtime = stat.Size, time.Unix(stat.Mtim.Unix())
		return err
	})
	return err
}

// codedAs returns how an open file is compressed or encrypted, empty if it is not.
func codedAs(fd int) (string, error) {
	format, err := formatOf(fd)
	if err != nil || format == compressed.Plain {
		return "", err
	}
	return format.String(), nil
}

// Open returns the text of message number n, counted from 1 in the order of
// Messages; the caller closes it. Errors are those of Mailbox.Open.
func (s *Survey) Open(ctx context.Context, n int) (io.ReadCloser, error) { return s.m.Open(ctx, n) }

// Close frees the lock and closes the Maildir.
func (s *Survey) Close() { _ = s.m.Close() }
