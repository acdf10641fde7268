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
	limit   int64 // octets
	entries map[cacheKey]*cacheEntry
	recent  *list.List // of *cacheEntry with a snapshot, the last used first
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
	dev, ino uint64 // of the Maildir
	owner    string
	settings uint32
	uidl     string // rule of UIDLs
}

// cacheEntry is what a Cache knows of one mailbox.
type cacheEntry struct {
	key     cacheKey
	look    look          // before snap was read
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
	return &Cache{limit: max(limit, 0), entries: map[cacheKey]*cacheEntry{}, recent: list.New()}
}

// SetLimit changes how many octets are kept.
func (c *Cache) SetLimit(limit int64) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit = max(limit, 0)
	c.evict()
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
	e := c.entries[key]
	if e == nil {
		e = &cacheEntry{key: key}
		c.entries[key] = e
	}
	t := ticket{cache: c, entry: e, old: e.snap}
	switch {
	case e.snap != nil && e.snap.holds && e.look.same(now):
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
	if other := c.entries[e.key]; other != nil {
		e = other // This one was removed when another login had failed.
	}
	c.entries[e.key] = e
	if snap != nil {
		c.remove(e)
		c.keep(e, seen, snap)
	}
	c.tidy(e)
	c.evict()
}

// drop removes a snapshot that has turned out to be wrong.
func (c *Cache) drop(key cacheKey, snap *snapshot) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[key]; e != nil && e.snap == snap {
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
	e.look, e.snap, e.octets, e.place = seen, snap, octets, c.recent.PushFront(e)
	c.stats.Octets += octets
}

// remove takes the snapshot from an entry.
func (c *Cache) remove(e *cacheEntry) {
	if e.snap == nil {
		return
	}
	c.stats.Octets -= e.octets
	c.recent.Remove(e.place)
	e.snap, e.place = nil, nil
}

// tidy forgets an entry that has nothing.
func (c *Cache) tidy(e *cacheEntry) {
	if e.snap == nil && e.reading == nil && c.entries[e.key] == e {
		delete(c.entries, e.key)
	}
}

// evict removes snapshots until the others are within the limit.
func (c *Cache) evict() {
	for c.stats.Octets > c.limit {
		e, _ := c.recent.Back().Value.(*cacheEntry)
		c.remove(e)
		c.tidy(e)
		c.stats.Evictions++
	}
}
