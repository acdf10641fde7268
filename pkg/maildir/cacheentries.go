package maildir

// find returns the entry with a key, nil if there is none.
func (c *Cache) find(key cacheKey) *cacheEntry {
	e := c.entries[key.inode]
	for e != nil && e.key != key {
		e = e.next
	}
	return e
}

// add adds an entry whose key no other one has.
func (c *Cache) add(e *cacheEntry) {
	e.next = c.entries[e.key.inode]
	c.entries[e.key.inode] = e
}

// tidy forgets an entry that has nothing.
func (c *Cache) tidy(e *cacheEntry) {
	if e.snap != nil || e.reading != nil || c.find(e.key) != e {
		return
	}
	first := c.entries[e.key.inode]
	switch {
	case first != e:
		for first.next != e {
			first = first.next
		}
		first.next = e.next
	case e.next != nil:
		c.entries[e.key.inode] = e.next
	default:
		delete(c.entries, e.key.inode)
	}
	e.next = nil
}
