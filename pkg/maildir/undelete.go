package maildir

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"tpops/pkg/osuser"
)

// Undeleted is a message that was to be put back.
type Undeleted struct {
	DeletedMessage
	Err error  // why it was not; nil if it was
	Now string // its UIDL now, empty if it has none
}

// errPresent is why a message is not put back: another file of its name came meanwhile.
var errPresent = errors.New("the mailbox has a message with this file name")

// Undelete puts messages back that keep-deleted has kept in the Maildir dir: those that
// want returns, of all that there are. It locks the mailbox, with the rights of owner,
// and waits for LockWait. If it is killed half-way, another call puts back the rest.
// Errors are those of Open and of Deleted.
func Undelete(ctx context.Context, owner *osuser.Owner, dir string, options Options, want func([]DeletedMessage) []DeletedMessage) ([]Undeleted, error) {
	return putBack(ctx, owner, dir, options, DeletedDir, want)
}

// putBack is Undelete for a hidden directory.
func putBack(ctx context.Context, owner *osuser.Owner, dir string, options Options, home string, want func([]DeletedMessage) []DeletedMessage) ([]Undeleted, error) {
	options.Lock, options.Cache = true, nil
	m, err := Open(ctx, owner, dir, options)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if m.view == nil {
		return nil, fmt.Errorf("%s: %w", dir, ErrNoMaildir)
	}
	u := &undelete{m: m, name: home, back: map[string]string{}}
	err = m.owner.Do(func() error {
		all, err := listDeleted(ctx, m.dir, home)
		if chosen := want(all); len(chosen) > 0 {
			err = errors.Join(err, u.all(ctx, chosen))
		}
		return err
	})
	if u.files == 0 {
		return u.done, err
	}
	return u.done, errors.Join(err, u.check(ctx, dir, options))
}

// undelete is how far messages are put back.
type undelete struct {
	m     *Mailbox
	name  string // of the hidden directory
	home  int
	subs  subdirs
	done  []Undeleted
	back  map[string]string // by unique name of what was put back: its batch
	quota bool
	usage
}

// all puts messages back, which are in the order of their batches.
func (u *undelete) all(ctx context.Context, chosen []DeletedMessage) (err error) {
	if u.home, err = openHidden(u.m.dir, u.name); err != nil {
		return err
	}
	defer unix.Close(u.home)
	if u.subs, err = openSubdirs(u.m.dir, unix.O_RDONLY); err != nil {
		return err
	}
	defer u.subs.close()
	u.quota = hasQuota(u.m.dir)
	defer u.tellQuota()
	if u.m.reader.options.UIDL != UIDLDovecot {
		return u.batches(ctx, chosen)
	}
	// Dovecot gives no UID to a message that it finds while its list is locked.
	lock, err := u.m.takeDotlock(ctx, dovecotList)
	if err != nil {
		return fmt.Errorf("%s: %w", dovecotList, err)
	}
	defer lock.release()
	return errors.Join(u.batches(ctx, chosen), u.pin(ctx, lock))
}

// batches puts messages back, those of one batch after the other.
func (u *undelete) batches(ctx context.Context, chosen []DeletedMessage) error {
	for len(chosen) > 0 && ctx.Err() == nil {
		n := 1
		for n < len(chosen) && chosen[n].batch == chosen[0].batch {
			n++
		}
		u.batch(chosen[:n])
		chosen = chosen[n:]
	}
	return errors.Join(ctx.Err(), unix.Fsync(u.subs[inNew]), unix.Fsync(u.subs[inCur]))
}

// batch puts back messages of one batch, and removes it if it is empty then.
func (u *undelete) batch(chosen []DeletedMessage) {
	name := chosen[0].batch
	dir, err := openHidden(u.home, name)
	if err == nil {
		defer unix.Close(dir)
	}
	for _, d := range chosen {
		one := Undeleted{DeletedMessage: d, Err: err}
		if err == nil {
			one.Err = u.one(dir, d)
		}
		u.done = append(u.done, one)
	}
	if err == nil {
		_ = removeBatch(u.home, dir, name) // It stays if there are others in it.
	}
}

// one puts a message back. One that would share its unique name with a message of the
// mailbox stays: both would get other UIDLs.
func (u *undelete) one(batch int, d DeletedMessage) error {
	if u.isPresent(d) {
		return errPresent
	}
	hidden, err := openHidden(batch, batchSubs[d.sub])
	if err != nil {
		return err
	}
	defer unix.Close(hidden)
	octets := int64(0)
	if u.quota {
		octets = quotaOctets(place{subs: &subdirs{hidden, hidden}, name: d.File})
	}
	err = unhide(hidden, d.File, u.subs[d.sub])
	if errors.Is(err, unix.EEXIST) {
		return errPresent
	}
	if err == nil {
		u.back[d.unique()] = d.batch
		u.usage.add(octets)
	}
	return err
}

// isPresent reports whether the mailbox has a message with the unique name of d, from its
// start or from another batch. The files of one batch were together in the mailbox.
func (u *undelete) isPresent(d DeletedMessage) bool {
	first, end := u.m.view.base.find(d.unique())
	batch, isBack := u.back[d.unique()]
	return first < end || isBack && batch != d.batch
}

// tellQuota appends what was put back to maildirsize.
func (u *undelete) tellQuota() {
	if !u.quota || u.files == 0 {
		return
	}
	if err := appendLine(u.m.dir, quotaFile, fmt.Sprintf("%d %d\n", u.octets, u.files)); err != nil {
		u.m.logger().Warn("maildirsize not updated", "octets", u.octets, "files", u.files, "error", err)
	}
}

// check finds the UIDLs that messages have after they were put back. With the list of
// another server these may be others, which is accepted: the next login shall not be
// refused for it.
func (u *undelete) check(ctx context.Context, dir string, options Options) error {
	_ = u.m.Close()
	options.Lock = false // A session that has come meanwhile has the lock, and is no failure.
	if options.follows() && options.Served {
		if err := Accept(ctx, u.m.owner, dir, options); err != nil {
			return err
		}
	}
	m, err := Open(ctx, u.m.owner, dir, options)
	if err != nil {
		return err
	}
	defer m.Close()
	for k := range u.done {
		t := m.snap.table
		if first, end := t.find(u.done[k].unique()); first < end && u.done[k].Err == nil {
			u.done[k].Now = m.snap.uidls.of(t, first)
		}
	}
	return nil
}
