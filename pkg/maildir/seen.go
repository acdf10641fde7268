package maildir

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// setSeen gives the messages that were retrieved, and not deleted, the flag S,
// those in new by moving them to cur. Of a message with several files one is
// enough. Messages that share their unique name are left alone: programs that
// tell them apart by their flags must find them as they were. What cannot be done is logged: the client has its messages.
func (v *view) setSeen(ctx context.Context, s *snapshot, marks *pop3.Marks) {
	seen := func(yield func(int) bool) {
		for n := range marks.Seen() {
			if i := s.index(n); !v.base.isTwin(i) && !marks.IsDeleted(n) && !yield(i) {
				return
			}
		}
	}
	if !yieldsAny(seen) {
		return
	}
	_, err := v.each(ctx, seen, func(_ int, at place) error {
		err := at.setSeen()
		if err == nil || errors.Is(err, unix.ENOENT) {
			return err
		}
		v.logger().Warn("seen flag not set", "file", at.name, "error", err)
		return nil
	})
	if err != nil {
		v.logger().Warn("seen flags not set", "error", err)
	}
}

// setSeen renames the file so that it is in cur and has the flag S.
func (p place) setSeen() error {
	name, ok := withSeen(p.name)
	if !ok {
		return errors.New("the name has no place for flags")
	}
	if p.sub == inCur && name == p.name {
		return nil
	}
	cur := p.subs[inCur]
	return p.rename(cur, name)
}

// rename gives the file a name in the directory dir. It never takes the name
// of another file, which would be a message lost.
func (p place) rename(dir int, name string) error {
	err := retry(func() error {
		return unix.Renameat2(p.dir(), p.name, dir, name, unix.RENAME_NOREPLACE)
	})
	// EINVAL: the file system does not know the flag (rename(2)). link(2)
	// does not take a name either that is in use.
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		err = p.relink(dir, name)
	}
	if err != nil {
		return fmt.Errorf("rename to %q: %w", name, err)
	}
	return nil
}

// relink is rename in two steps. After an error the file has one name.
func (p place) relink(dir int, name string) error {
	if err := retry(func() error { return unix.Linkat(p.dir(), p.name, dir, name, 0) }); err != nil {
		return err
	}
	err := retry(func() error { return unix.Unlinkat(p.dir(), p.name, 0) })
	if err != nil && !errors.Is(err, unix.ENOENT) {
		_ = unix.Unlinkat(dir, name, 0)
		return err
	}
	return nil
}
