package maildir

import (
	"context"
	"fmt"
)

// reading is a login that reads a mailbox, for which others may wait.
type reading struct {
	done   chan struct{} // closed at its end
	failed bool          // set before done is closed
}

// load fills m with a snapshot: one from memory if nothing has changed, else
// one that is read. now is a look at the mailbox.
//
// Logins that arrive together read a mailbox once. A login that has waited for
// another looks again, since mail may have been delivered before it came and
// after the other began; what it then finds changed it reads itself. If the
// other has failed, one of those that waited reads for them.
func (m *Mailbox) load(ctx context.Context, now look) error {
	if !m.mayCache() {
		return m.read(ctx, now, nil)
	}
	for mayWait := true; ; {
		m.key = m.cacheKey(now)
		t := m.options.Cache.ask(m.key, now, mayWait)
		switch {
		case t.snap != nil:
			m.snap, m.view = t.snap, m.newView(t.snap.table)
			return nil
		case t.wait == nil:
			return m.readFor(ctx, t, now)
		}
		select {
		case <-t.wait.done:
			mayWait = t.wait.failed
		case <-ctx.Done():
			return ctx.Err()
		}
		err := m.owner.Do(func() (err error) {
			now, err = m.look()
			return err
		})
		if err != nil {
			return err
		}
	}
}

// mayCache reports whether the mailbox may be kept in memory.
func (m *Mailbox) mayCache() bool { return m.options.Cache.isOn() && m.trustsTimes() }

// trustsTimes reports whether the times of new and cur show all changes. A file
// server may have coarse times, another clock, or clients that keep old ones.
func (m *Mailbox) trustsTimes() bool { return m.local || m.options.CacheNetwork }

// cacheKey returns what decides which sessions share a snapshot.
func (m *Mailbox) cacheKey(now look) cacheKey {
	key := cacheKey{dev: now.dev, ino: now.ino, settings: m.settings()}
	if m.owner != nil {
		key.owner = fmt.Sprint(m.owner.UID, m.owner.GID, m.owner.Groups)
	}
	return key
}

// settings returns the settings that make a difference to sizes, as a set of
// bits. What tpops_uidl makes of a listing is known by its state.
func (m *Mailbox) settings() (set uint32) {
	for bit, on := range [...]bool{m.options.UseFilesize, m.options.Extended} {
		if on {
			set |= 1 << bit
		}
	}
	return set
}

// readFor reads the mailbox, and gives the snapshot to the cache and to those
// that wait for it.
func (m *Mailbox) readFor(ctx context.Context, t ticket, now look) error {
	var snap *snapshot
	// Deferred, since a thread that is lost ends the goroutine.
	defer func() { t.finish(now, snap) }()
	if err := m.read(ctx, now, t.old); err != nil {
		return err
	}
	snap = m.snap
	return nil
}

// read reads the mailbox, at which now is a look.
func (m *Mailbox) read(ctx context.Context, now look, old *snapshot) error {
	return m.owner.Do(func() (err error) {
		m.snap, m.view, err = m.take(ctx, now, old)
		return err
	})
}
