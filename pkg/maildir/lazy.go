package maildir

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// lazy is a mailbox of which a session knows what its messages come to, but not the
// messages. It keeps the index open, since another session may replace the file.
type lazy struct {
	fd     int
	stat   unix.Stat_t // of the index at the login: what was appended later does not count
	totals *totals
}

// close closes the index. A nil lazy has none, and a second call does nothing.
func (z *lazy) close() {
	if z != nil && z.fd >= 0 {
		_ = unix.Close(z.fd)
		z.fd = -1 // The number may soon be another file's.
	}
}

// openLazily opens the mailbox, at which now is a look, without its messages, if the
// index has totals that hold, and the snapshot has no place in memory.
func (m *Mailbox) openLazily(now look) error {
	r := &m.reader
	if o := r.options; !o.Lazy || !o.Index || !o.Served || o.follows() || !r.trustsTimes() || r.mayCache() && o.Cache.has(r.cacheKey(now)) {
		return nil
	}
	return m.owner.Do(func() error {
		z := r.lazy(now)
		if z == nil {
			return nil
		}
		m.lazy = z
		m.snap = &snapshot{table: &table{}, uidls: &uidlSet{}, listing: z.totals.listing()}
		if r.options.Lock {
			return nil
		}
		return r.admitUnlocked()
	})
}

// lazy returns the totals in the index, nil if there are none that hold for the Maildir
// at which now is a look.
func (r *reader) lazy(now look) *lazy {
	fd, stat, err := r.index().openFile()
	if err != nil {
		return nil
	}
	z := &lazy{fd: fd, stat: stat, totals: readTotals(fd, stat.Size)}
	if z.totals == nil || !r.hold(z.totals, now) || r.mayCache() && !r.options.Cache.passes(z.totals.memory) {
		z.close()
		return nil
	}
	return z
}

// readTotals reads the totals at the end of an index.
func readTotals(fd int, size int64) *totals {
	buf := make([]byte, totalsOctets)
	n := 0
	err := retry(func() (err error) {
		n, err = unix.Pread(fd, buf, size-int64(totalsOctets))
		return err
	})
	if err != nil || n < totalsOctets {
		return nil
	}
	return parseTotals(buf, size)
}

// Load implements pop3.Loader. An index that turns out to be damaged is removed, and the
// Maildir is read instead. The error wraps pop3.ErrMailboxLost if that has something else
// than the totals by now. Any other error is one of Open.
func (m *Mailbox) Load(ctx context.Context) error {
	if m.lazy == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	snap, v, err := m.reader.fromTotals(m.lazy)
	if err != nil {
		snap, v, err = m.readAgain(ctx)
	}
	if err != nil {
		return fmt.Errorf("open mailbox %q: %w", m.path, err)
	}
	m.snap, m.view = snap, v
	m.lazy.close()
	m.lazy = nil
	return nil
}

// fromTotals reads the index of which z has the totals. Their states held at the login,
// which is what counts.
func (r *reader) fromTotals(z *lazy) (*snapshot, *view, error) {
	if _, err := unix.Seek(z.fd, 0, unix.SEEK_SET); err != nil {
		return nil, nil, err
	}
	found, err := readIndexFile(z.fd, z.stat, z.totals.settings)
	if err != nil {
		return nil, nil, err
	}
	n, ok := r.numberBy(z.totals, found.table)
	if !ok || !found.isOf(z.totals) {
		return nil, nil, errIndex
	}
	s := newSnapshot(n.table, n.uidls, n.order)
	if own := totalsOf(s); own.messages != z.totals.messages || own.octets != z.totals.octets || own.uidls != z.totals.uidls {
		return nil, nil, errIndex
	}
	n.table.totals = nil // The index has them.
	return s, r.newView(n.table), nil
}

// readAgain reads the Maildir, which has to come to what the client was told.
func (m *Mailbox) readAgain(ctx context.Context) (snap *snapshot, v *view, err error) {
	r := &m.reader
	err = m.owner.Do(func() error {
		r.forget(m.snap)
		now, err := m.look(r.rule().file())
		if err != nil {
			return err
		}
		snap, v, err = r.take(ctx, now, nil)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if was, is := m.snap.listing, snap.listing; was.Len() != is.Len() || was.Octets() != is.Octets() {
		return nil, nil, fmt.Errorf("%s is damaged, and the mailbox has changed since the login: %w", indexName, pop3.ErrMailboxLost)
	}
	return snap, v, nil
}
