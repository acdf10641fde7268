package maildir

import (
	"container/list"
	"sync"
	"sync/atomic"
)

// Cache keeps snapshots of mailboxes in memory, for all sessions of a process.
// A snapshot is used again only while the times of new and cur show that nothing
// has changed. The mailbox that was used least recently goes first. Any number
// of goroutines may use a Cache; a nil one keeps nothing.
type Cache struct {
	mu      sync.Mutex
	limit   int64                  // octets
	entries map[fileID]*cacheEntry // the first of each Maildir
	recent  *list.List             // of *cacheEntry with a snapshot, the last used first
	stats   CacheStats
	helpers atomic.Int32 // goroutines that measure ahead, see ahead
}

// CacheStats is what a Cache contains and has done.
type CacheStats struct {
	Mailboxes int   // at present
	Octets    int64 // at present
	Hits      int64 // mailboxes that were opened without being read
	Misses    int64 // mailboxes that were read
	Evictions int64 // mailboxes that were removed to make room
}

// cacheKey is all that a listing depends on besides the mail. Its owner is a
// part of it: a user never gets what another may read.
type cacheKey struct {
	inode    fileID // of the Maildir
	owned    bool   // by uid and gid; otherwise by the user of the process
	uid, gid uint32 // which Owner.Do has checked
	groups   string // further ones of the owner
	settings uint32
	uidl     string // rule of UIDLs
}

// fileID is which file it is. A map of the whole keys would need more room than most listings.
type fileID struct{ dev, ino uint64 }

// cacheEntry is what a Cache knows of one mailbox.
type cacheEntry struct {
	key     cacheKey
	next    *cacheEntry   // of the same Maildir with another key
	uidl    dirState      // of the file of the rule, before snap was read
	snap    *snapshot     // nil if it is read for the first time, or was removed
	reading *reading      // nil if no login reads it for others
	octets  int64         // of snap
	place   *list.Element // in Cache.recent, nil without snap
}

// ticket is the answer of a Cache to a login: a snapshot, a wait, or neither,
// which means that the login has to read the mailbox.
type ticket struct {
	cache *Cache
	entry *cacheEntry
	snap  *snapshot
	wait  *reading  // another login reads the mailbox
	old   *snapshot // does not hold any more, but knows sizes
	leads bool      // other logins wait for this one
}

// NewCache returns a Cache that keeps at most limit octets, nothing if that is 0.
func NewCache(limit int64) *Cache {
	return &Cache{limit: max(limit, 0), entries: map[fileID]*cacheEntry{}, recent: list.New()}
}

// Stats returns the present figures.
func (c *Cache) Stats() CacheStats {
	if c == nil {
		return CacheStats{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Mailboxes = c.recent.Len()
	return s
}

// isOn reports whether anything is kept.
func (c *Cache) isOn() bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.limit > 0
}

// ask returns what a login that has looked at its mailbox can do. mayWait means
// that it has not waited yet for a login that succeeded.
func (c *Cache) ask(key cacheKey, now look, mayWait bool) ticket {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.find(key)
	if e == nil {
		e = &cacheEntry{key: key}
		c.add(e)
	}
	t := ticket{cache: c, entry: e, old: e.snap}
	switch {
	case e.holds(now):
		c.stats.Hits++
		c.recent.MoveToFront(e.place)
		t.snap = e.snap
	case e.reading != nil && mayWait:
		t.wait = e.reading
	default:
		c.stats.Misses++
		if t.leads = e.reading == nil; t.leads {
			e.reading = &reading{done: make(chan struct{})}
		}
	}
	return t
}

// holds reports whether the snapshot is still what the Maildir contains, according to the
// look now. Both are of the same Maildir, because its inode is in the key.
func (e *cacheEntry) holds(now look) bool {
	return e.snap != nil && e.snap.holds && e.snap.dirs.same(now.dirs) && e.uidl.same(now.uidl)
}

// finish ends a reading, before which the mailbox had the state seen. It keeps
// the snapshot; nil stands for an error.
func (t ticket) finish(seen look, snap *snapshot) {
	c, e := t.cache, t.entry
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.leads {
		e.reading.failed = snap == nil
		close(e.reading.done)
		e.reading = nil
	}
	if other := c.find(e.key); other != nil {
		e = other // This one was removed when another login had failed.
	} else {
		c.add(e)
	}
	if snap != nil {
		c.remove(e)
		c.keep(e, seen, snap)
	}
	c.tidy(e)
	c.evict()
}

// drop removes a snapshot that has turned out to be wrong.
func (c *Cache) drop(snap *snapshot) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := snap.entry; e != nil {
		c.remove(e)
		c.tidy(e)
	}
}

// keep makes snap the snapshot of an entry that has none, unless it is too
// large.
func (c *Cache) keep(e *cacheEntry, seen look, snap *snapshot) {
	octets := snap.memory()
	if octets > c.limit {
		return
	}
	e.uidl, e.snap, e.octets, e.place = seen.uidl, snap, octets, c.recent.PushFront(e)
	snap.entry = e
	c.stats.Octets += octets
}

// remove takes the snapshot from an entry.
func (c *Cache) remove(e *cacheEntry) {
	if e.snap == nil {
		return
	}
	c.stats.Octets -= e.octets
	c.recent.Remove(e.place)
	e.snap.entry, e.snap, e.place = nil, nil, nil
}
