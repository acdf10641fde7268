package maildir

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// asideDir is the hidden directory with messages that the operator has set aside. It has
// batches as DeletedDir has, but nothing in it expires.
const asideDir = "tpops_set_aside"

// errOdd is why a file that is no regular one is not moved.
var errOdd = errors.New("it is gone, or no regular file any more")

// errTwin is why a message is not set aside.
var errTwin = errors.New("other messages have the same unique name, and would get other UIDLs")

// SetAside hides the message with the given UIDL in the Maildir dir, so that neither
// POP3 nor IMAP shows it, and returns the name of its file. It locks the mailbox, with
// the rights of owner, and waits for LockWait. When it returns, the disk has the change.
// If it fails or is killed, the message is in the mailbox or is one of Aside.
//
// The error wraps pop3.ErrNoMessage if there is no such message. Other errors are those
// of Open and of the system.
func SetAside(ctx context.Context, owner *osuser.Owner, dir string, options Options, uidl string) (file string, err error) {
	options.Lock, options.Cache = true, nil
	m, err := Open(ctx, owner, dir, options)
	if err != nil {
		return "", err
	}
	defer m.Close()
	n := numberOf(m.Listing(), uidl)
	if n == 0 {
		return "", fmt.Errorf("%s: UIDL %q: %w", dir, uidl, pop3.ErrNoMessage)
	}
	i := m.snap.index(n)
	err = errTwin
	if !m.snap.isTwin(i) {
		err = m.owner.Do(func() error { return m.setAside(context.WithoutCancel(ctx), n) })
	}
	if err != nil {
		return "", fmt.Errorf("%s: UIDL %q: %w", dir, uidl, err)
	}
	return m.snap.name(m.snap.files[i]), nil
}

// numberOf returns the number of the message with a UIDL, 0 if there is none.
func numberOf(listing *pop3.Listing, uidl string) int {
	for n := range listing.Len() {
		if listing.Message(n+1).UIDL == uidl && uidl != "" {
			return n + 1
		}
	}
	return 0
}

// setAside moves all files of message n.
func (m *Mailbox) setAside(ctx context.Context, n int) error {
	marks := &pop3.Marks{}
	marks.Delete(n)
	m.DeleteFor("set-aside-"+rand.Text(), "")
	b := m.newBatch(asideDir, marks)
	defer b.close()
	if b.err != nil {
		return b.err
	}
	r := &removal{snap: m.snap, view: m.view, batch: b}
	err := r.remove(ctx, marks)
	if err = errors.Join(err, r.err); err == nil && !b.kept.IsDeleted(m.snap.index(n)+1) {
		err = pop3.ErrNoMessage
	}
	return errors.Join(err, m.syncAside(b))
}

// syncAside syncs what has changed, and removes the batch if it is empty.
func (m *Mailbox) syncAside(b *batch) error {
	home, err := openHidden(m.dir, asideDir)
	if err != nil {
		return err
	}
	defer unix.Close(home)
	if b.kept.IsEmpty() {
		_ = removeBatch(home, b.dir, b.name)
		return nil
	}
	subs, err := openSubdirs(m.dir, unix.O_RDONLY)
	if err != nil {
		return err
	}
	defer subs.close()
	for _, fd := range []int{b.subs[inNew], b.subs[inCur], b.dir, home, m.dir, subs[inNew], subs[inCur]} {
		if fd >= 0 {
			err = errors.Join(err, unix.Fsync(fd))
		}
	}
	return err
}

// Aside returns the messages that are set aside in the Maildir dir, those set aside first
// at the beginning, with the rights of owner. roots are those of Options. The error may
// come with some of the messages.
func Aside(ctx context.Context, owner *osuser.Owner, dir string, roots []string) ([]DeletedMessage, error) {
	return hiddenIn(ctx, owner, dir, roots, asideDir)
}

// SetBack returns messages that were set aside, as Undelete does with deleted ones.
func SetBack(ctx context.Context, owner *osuser.Owner, dir string, options Options, want func([]DeletedMessage) []DeletedMessage) ([]Undeleted, error) {
	return putBack(ctx, owner, dir, options, asideDir, want)
}
