// Package maildir is a pop3.Mailbox in a Maildir: the directories new and cur
// with one file for each message.
//
// Open reads both directories into a snapshot, which never changes and which
// sessions may share. What one session learns later, above all that another
// program renamed a message, stays in the session's own view. Files are opened
// only to be read or, if no name or setting says otherwise, to be measured.
//
// A Maildir belongs to its user, who may put anything into it at any time.
// So everything is reached from the open Maildir, one name at a time, and
// never through a symbolic link, and with the rights of the user.
package maildir

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
	"tpops/pkg/uidlist"
)

// Options are the parameters of a mailbox. The zero value takes no lock, and
// reads each message whose name has no W= to find its size.
type Options struct {
	UseFilesize bool           // maildir-use-filesize: the size of the file is the message's
	Extended    bool           // maildir-extended: S= in a name is the message's size
	Lock        bool           // maildir-lock: one session at a time
	LockWait    time.Duration  // how long to wait for the lock; 0.8 waits 10 s
	UIDL        string         // maildir-uidl: UIDLName, UIDLDovecot or UIDLCourier; "" means UIDLName
	UIDLFormat  uidlist.Format // maildir-uidl-format: Dovecot's pop3_uidl_format
	UIDLConvert bool           // maildir-uidl-convert: take UIDLs and order from the file tpops_uidl
	Refuse      bool           // uidl-mismatch: open no Maildir of another server, see foreignList
	Roots       []string       // mail-roots: where the kernel lets Maildirs be opened; nil for no limit
	KeepDeleted time.Duration  // keep-deleted: how long deleted messages can be put back; 0 removes them at once
	Log         *slog.Logger   // what the owner or the operator should know; nil for nothing

	Index        bool     // keep tpops_index in the Maildir
	Served       bool     // keep tpops_served in the Maildir where it is needed, and return a ChangeError
	Lazy         bool     // list no messages before Load, if the index has what they come to; not without Index and Served
	Cache        *Cache   // mailbox-cache: what is known of mailboxes that were opened before; nil for nothing
	Watches      *Watches // instances of inotify(7) that were used before; nil for none
	CacheNetwork bool     // mailbox-cache-network: trust the times that a file server reports

	clock      func() time.Time // instead of that of the system, for tests
	minIndexed int              // instead of minIndexed, for tests
	readOnly   bool             // change nothing in the Maildir, see Foresee
	accept     bool             // note what is served in any case, see Accept
}

// Mailbox is a Maildir that is open for one session. Only one goroutine at a
// time may use it, but any number of Mailboxes may have the same Maildir.
type Mailbox struct {
	store
	reader reader // of the store
	lock   lock
	snap   *snapshot
	view   *view // where the messages of snap are now
	lazy   *lazy // of a mailbox whose messages are not listed yet
	failed *undecoded

	origin *origin    // the session, for what it deletes; nil if that is not known
	kept   pop3.Marks // as deleted: messages that Update has moved to a batch
}

var (
	_ pop3.Mailbox = (*Mailbox)(nil)
	_ pop3.Keeper  = (*Mailbox)(nil)
	_ pop3.Rester  = (*Mailbox)(nil)
	_ pop3.Loader  = (*Mailbox)(nil)
)

// Open opens the Maildir dir, an absolute path, with the rights of owner, and
// locks it if options say so. The caller closes it. If the Maildir alone is
// missing, under a parent that is there, the mailbox is empty. If anything else
// is missing, its store is away, which is an error.
//
// The error is or wraps pop3.ErrLocked if another session held the lock all
// the time. It wraps pop3.ErrPermanent if a symbolic link leads to dir that
// does not belong to root, if cur or new is a symbolic link or no directory, if
// dir is outside options.Roots, if no message could be removed from it, if
// tpops_uidl cannot be used, or if there are too many messages. It wraps no error
// for clients if options.Refuse and the Maildir is one of another server, or if it
// is a ChangeError. Any other error is one of the system, or that of ctx.
func Open(ctx context.Context, owner *osuser.Owner, dir string, options Options) (*Mailbox, error) {
	return OpenFor(ctx, Login{}, owner, dir, &options)
}

// Login is for whom a mailbox is opened.
type Login struct {
	User   string // name for the log, or ""
	Locked func() // called while another session has the lock, at first and once a second; may be nil
}

// OpenFor is Open for a login. All mailboxes that are open may share options, which are
// not changed meanwhile.
func OpenFor(ctx context.Context, login Login, owner *osuser.Owner, dir string, options *Options) (*Mailbox, error) {
	m := newMailbox(owner, options)
	m.path, m.user = dir, login.User
	opened := false
	defer func() {
		if !opened {
			_ = m.Close()
		}
	}()
	if err := m.open(ctx, dir, login.Locked); err != nil {
		return nil, fmt.Errorf("open mailbox %q: %w", dir, err)
	}
	opened = true
	return m, nil
}

// newMailbox returns a mailbox that has nothing open.
func newMailbox(owner *osuser.Owner, options *Options) *Mailbox {
	m := &Mailbox{store: newStore(owner, options), lock: lock{file: -1}}
	m.reader = reader{store: &m.store, options: options}
	return m
}

// open fills m. After an error m is to be closed.
func (m *Mailbox) open(ctx context.Context, dir string, locked func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !filepath.IsAbs(dir) {
		return pathError{fmt.Errorf("not an absolute path: %w", pop3.ErrPermanent)}
	}
	var now look
	err := m.owner.Do(func() (err error) { // All at once: to change rights costs more than the rest.
		find := finder{m.owner, m.reader.options.Roots}
		fd, err := find.open(filepath.Clean(dir))
		if err != nil && err != ErrNoMaildir {
			return pathError{err}
		}
		if err != nil {
			return err
		}
		m.use(fd)
		if err = m.writable(); err == nil {
			now, err = m.lockedLook()
		}
		return err
	})
	if errors.Is(err, errBusy) {
		now, err = m.acquire(ctx, locked)
	}
	if err == ErrNoMaildir {
		m.logger().Warn("Maildir missing")
		m.snap = newSnapshot(&table{}, &uidlSet{}, nil)
		return nil
	}
	if err != nil {
		return err
	}
	return m.list(ctx, now)
}

// list gets the listing of the open mailbox, at which now is a look.
func (m *Mailbox) list(ctx context.Context, now look) (err error) {
	if err = m.openLazily(now); err != nil || m.lazy != nil {
		return err
	}
	m.snap, m.view, err = m.reader.load(ctx, now)
	return err
}

// Listing returns the messages as they were when the mailbox was opened.
func (m *Mailbox) Listing() *pop3.Listing { return m.snap.listing }

// Close frees the lock and closes the Maildir. It changes no message and
// returns no error; a second call does nothing.
func (m *Mailbox) Close() error {
	m.Rest()
	m.lazy.close()
	m.lock.release(m.dir)
	m.store.close()
	return nil
}
