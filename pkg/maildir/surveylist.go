package maildir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ForeignList is the list of another server that is to be written.
type ForeignList struct {
	Name    string // of the file
	Dir     string // where it is, an absolute path; empty for the Maildir
	Dotlock bool   // the other server locks it as Dovecot does; else it replaces it as Courier does
	Cache   string // a file beside it with what it contained, which is removed; empty if there is none
}

// Served reports whether TPOPS gives the messages of the Maildir UIDLs: it has served
// it, or there is a tpops_uidl.
func (s *Survey) Served() (served bool, err error) {
	err = s.m.owner.Do(func() error {
		for _, name := range []string{uidlFile, lockFile, indexName} {
			if _, err := statAt(s.m.dir, name); !errors.Is(err, unix.ENOENT) {
				served = err == nil
				return err
			}
		}
		return nil
	})
	return served, err
}

// Follows reports whether TPOPS has served the Maildir with the UIDLs of another
// server's list last.
func (s *Survey) Follows() (follows bool, err error) {
	err = s.m.owner.Do(func() error {
		follows, err = s.m.reader.isMarked()
		return err
	})
	return follows, err
}

// PreviewList calls edit as Rewrite does, without the lock, and writes nothing.
func (s *Survey) PreviewList(ctx context.Context, l ForeignList, edit func(io.Reader) ([]byte, error)) error {
	return s.inList(l, func(list listFile) error {
		_, _, err := editList(ctx, list, edit)
		return err
	})
}

// Rewrite calls edit with the content of a list, nil if there is none, and replaces
// the list with what it returns, unless that is nil: all of it or, after an error,
// nothing. The list is locked meanwhile if the other server does so. It keeps its
// owner and mode; a new one gets those that the other server would give it.
func (s *Survey) Rewrite(ctx context.Context, l ForeignList, edit func(io.Reader) ([]byte, error)) error {
	return s.inList(l, func(list listFile) error {
		if l.Dotlock {
			return rewriteLocked(ctx, list, l.Cache, edit)
		}
		was, text, err := editList(ctx, list, edit)
		if err != nil || text == nil {
			return err
		}
		return list.replaceFromTmp(was, text)
	})
}

// inList calls do with a list, with the rights of the owner.
func (s *Survey) inList(l ForeignList, do func(listFile) error) error {
	return s.m.owner.Do(func() error {
		list, dir := listFile{&s.m.store, l.Name}, s.m.path
		if l.Dir != "" {
			find := finder{s.m.owner, s.m.reader.options.Roots}
			fd, err := find.open(filepath.Clean(l.Dir))
			if err != nil {
				return fmt.Errorf("%s: %w", l.Dir, err)
			}
			elsewhere := s.m.store
			elsewhere.use(fd)
			elsewhere.path = l.Dir
			defer unix.Close(fd)
			list.store, dir = &elsewhere, l.Dir
		}
		if err := do(list); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		return nil
	})
}

// editList calls edit with the content of a list.
func editList(ctx context.Context, list listFile, edit func(io.Reader) ([]byte, error)) (was listState, text []byte, err error) {
	was, err = list.read(ctx, func(r io.Reader) (err error) {
		text, err = edit(r)
		return err
	})
	if err == nil && !was.exists() {
		text, err = edit(nil)
	}
	return was, text, err
}

// rewriteLocked rewrites a list under its lock. The cache goes before, since nothing
// else would remove it if we were killed in between, and after, since the other server
// may have made it again.
func rewriteLocked(ctx context.Context, list listFile, cache string, edit func(io.Reader) ([]byte, error)) error {
	lock, err := list.takeDotlock(ctx, list.name)
	if err != nil {
		return err
	}
	defer lock.release()
	was, text, err := editList(ctx, list, edit)
	if err != nil || text == nil {
		return err
	}
	err = errors.Join(lock.isHeld(), list.unchanged(was))
	if err == nil {
		err = list.removeCache(cache)
	}
	if err == nil {
		err = list.replace(was, text)
	}
	if err == nil {
		err = list.removeCache(cache)
	}
	return err
}

// removeCache removes a file beside the list.
func (l listFile) removeCache(name string) error {
	if name == "" {
		return nil
	}
	err := retry(func() error { return unix.Unlinkat(l.dir, name, 0) })
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}
