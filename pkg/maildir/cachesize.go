package maildir

import "unsafe"

// entryOctets is about what a mailbox in a Cache needs besides its messages.
const entryOctets = 768

// memory returns how many octets a snapshot needs.
func (s *snapshot) memory() int64 {
	t := s.table
	octets := entryOctets + len(t.names) +
		(cap(t.files)+cap(t.copies))*int(unsafe.Sizeof(file{})) +
		cap(t.twins)*int(unsafe.Sizeof(identity{})) +
		t.listed.memory() +
		cap(s.uidls.index)*4 + cap(s.uidls.text)*int(unsafe.Sizeof(""))
	for _, text := range s.uidls.text {
		octets += len(text)
	}
	return int64(octets)
}

// has reports whether a snapshot of a mailbox is kept, which may be too old.
func (c *Cache) has(key cacheKey) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.find(key)
	return e != nil && e.snap != nil
}

// passes reports whether a snapshot of so many octets is not kept, and counts the mailbox
// as opened without being read if so.
func (c *Cache) passes(octets int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if octets <= c.limit {
		return false
	}
	c.stats.Hits++
	return true
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

// evict removes snapshots until the others are within the limit.
func (c *Cache) evict() {
	for c.stats.Octets > c.limit {
		e, _ := c.recent.Back().Value.(*cacheEntry)
		c.remove(e)
		c.tidy(e)
		c.stats.Evictions++
	}
}
