package maildir

import (
	"cmp"
	"context"
	"fmt"

	"golang.org/x/sys/unix"
)

// reading is a login that reads a mailbox, for which others may wait.
type reading struct {
	done   chan struct{} // closed at its end
	failed bool          // set before done is closed
}

// reader turns an open Maildir into a snapshot. What it knows already it takes
// from memory and from the index.
type reader struct {
	*store
	options *Options // shared by sessions, never changed
	isFirst bool     // TPOPS has not served the Maildir yet, or has followed another server's list
}

// index returns what keeps the index of the mailbox.
func (r *reader) index() *indexKeeper {
	return &indexKeeper{
		store: r.store, settings: r.options.settings(), isOn: r.options.Index,
		least: cmp.Or(r.options.minIndexed, minIndexed), measurer: r.measurer(), trusts: r.trustsTimes(),
	}
}

// measurer returns what measures messages.
func (r *reader) measurer() *measurer {
	o := r.options
	return &measurer{sizer{o.UseFilesize, o.Extended, decoded{r.logger}}, r.logger, o.Cache}
}

// load returns a snapshot: one from memory if nothing has changed, else one
// that is read. now is a look at the mailbox.
//
// Logins that arrive together read a mailbox once. A login that has waited for
// another looks again, since mail may have been delivered before it came and
// after the other began; what it then finds changed it reads itself. If the
// other has failed, one of those that waited reads for them.
func (r *reader) load(ctx context.Context, now look) (*snapshot, *view, error) {
	if !r.mayCache() {
		return r.read(ctx, now, nil)
	}
	key := r.cacheKey(now)
	for mayWait := true; ; {
		t := r.options.Cache.ask(key, now, mayWait)
		switch {
		case t.snap != nil:
			return t.snap, r.newView(t.snap.table), nil
		case t.wait == nil:
			return r.readFor(ctx, t, now)
		}
		select {
		case <-t.wait.done:
			mayWait = t.wait.failed
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
		err := r.owner.Do(func() (err error) {
			now, err = r.look(r.rule().file())
			return err
		})
		if err != nil {
			return nil, nil, err
		}
	}
}

// mayCache reports whether the mailbox may be kept in memory.
func (r *reader) mayCache() bool { return r.options.Cache.isOn() && r.trustsTimes() }

// trustsTimes reports whether the times of new and cur show all changes. A file
// server may have coarse times, another clock, or clients that keep old ones.
func (r *reader) trustsTimes() bool { return r.local || r.options.CacheNetwork }

// cacheKey returns what decides which sessions share a snapshot.
func (r *reader) cacheKey(now look) cacheKey {
	key := cacheKey{inode: fileID{now.dev, now.ino}, settings: r.options.settings(), uidl: r.options.UIDL + r.options.UIDLFormat.String()}
	if o := r.owner; o != nil {
		key.owned, key.uid, key.gid = true, uint32(o.UID), uint32(o.GID)
		if len(o.Groups) > 0 {
			key.groups = fmt.Sprint(o.Groups)
		}
	}
	return key
}

// settings returns the settings that make a difference to sizes, as a set of
// bits. What tpops_uidl makes of a listing is known by its state.
func (o *Options) settings() (set uint32) {
	for bit, on := range [...]bool{o.UseFilesize, o.Extended} {
		if on {
			set |= 1 << bit
		}
	}
	return set
}

// readFor reads the mailbox, and gives the snapshot to the cache and to those
// that wait for it.
func (r *reader) readFor(ctx context.Context, t ticket, now look) (snap *snapshot, v *view, err error) {
	var found *snapshot
	// Deferred, since a thread that is lost ends the goroutine.
	defer func() { t.finish(now, found) }()
	if snap, v, err = r.read(ctx, now, t.old); err == nil {
		found = snap
	}
	return snap, v, err
}

// read reads the mailbox, at which now is a look.
func (r *reader) read(ctx context.Context, now look, old *snapshot) (snap *snapshot, v *view, err error) {
	err = r.owner.Do(func() (err error) {
		snap, v, err = r.take(ctx, now, old)
		return err
	})
	return snap, v, err
}

// forget drops what is known of the mailbox in memory and in the index, of
// which something has turned out to be wrong: snap, which load has returned.
func (r *reader) forget(snap *snapshot) {
	r.options.Cache.drop(snap)
	if r.options.Index {
		_ = unix.Unlinkat(r.dir, indexName, 0)
	}
}
