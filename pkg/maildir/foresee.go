package maildir

import (
	"context"
	"fmt"
	"path/filepath"

	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// Foresee finds out whether a login with these options would be refused because of
// the UIDLs of a Maildir, an absolute path, with the rights of owner. It changes
// nothing and takes no lock. It reads new and cur unless the index holds, and no
// message unless two share a name.
//
// The error is or wraps a ChangeError, or is one that names the list of another
// server to import first. It wraps ErrNoMaildir if the Maildir alone is missing. Any
// other error is one that Open has too.
func Foresee(ctx context.Context, owner *osuser.Owner, dir string, options Options) error {
	options.readOnly, options.Cache, options.Served = true, nil, true
	m := newMailbox(owner, options)
	defer m.Close()
	m.path = dir
	err := m.owner.Do(func() error { return m.foresee(ctx, dir) })
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return nil
}

func (m *Mailbox) foresee(ctx context.Context, dir string) error {
	if !filepath.IsAbs(dir) {
		return fmt.Errorf("not an absolute path: %w", pop3.ErrPermanent)
	}
	r := &m.reader
	find := finder{m.owner, r.options.Roots}
	fd, err := find.open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	m.use(fd)
	stat, err := statAt(m.dir, lockFile)
	r.isFirst = err != nil || stat.Size > 0 // As openAdmitted decides it.
	if r.isFirst && r.options.Refuse && !r.options.follows() {
		if err := r.refuseForeign(); err != nil {
			return err
		}
	}
	v, err := r.listOnly(ctx)
	if err != nil {
		return err
	}
	n, err := r.rule().apply(ctx, v)
	if err != nil {
		return err
	}
	return r.guard(ctx, v, n)
}

// listOnly returns a view of the Maildir without the sizes of messages.
func (r *reader) listOnly(ctx context.Context) (*view, error) {
	now, err := r.look("")
	if err != nil {
		return nil, err
	}
	k := r.index().know(nil)
	if r.trustsTimes() && k.holds(now) && !k.read.hasTwins() {
		return r.newView(k.read), nil
	}
	v := r.newView(nil)
	if v.base, err = v.scanner(ctx).table(); err != nil {
		return nil, err
	}
	return v, r.checkRenamed(ctx, v, k.index)
}

// Accept makes the UIDLs that a Maildir, an absolute path, has with these options
// those that it was served with: the next login is not refused because they were
// others before, or are others than another server's. It opens and locks the Maildir
// as Open does, and returns its errors; ErrNoMaildir if the Maildir alone is missing.
// If tpops_served cannot be written, that is an error too, and nothing has changed.
func Accept(ctx context.Context, owner *osuser.Owner, dir string, options Options) error {
	options.Refuse, options.Served, options.Cache, options.accept = false, true, nil, true
	m, err := Open(ctx, owner, dir, options)
	if err != nil {
		return err
	}
	defer m.Close()
	if m.view == nil {
		return fmt.Errorf("%s: %w", dir, ErrNoMaildir)
	}
	return nil
}
