package maildir

// at returns the UIDL of message i of t, and its line if it has one.
func (g *givenUIDLs) at(t *table, i int) (givenUIDL, bool) {
	switch {
	case g == nil:
		return givenUIDL{}, false
	case g.recalled != nil:
		return g.recalled.at(i)
	}
	line, ok := g.byName[t.unique(t.files[i])]
	return line, ok
}

// hasNameOf reports whether the unique name of message i of t is a UIDL that belongs
// to a message.
func (g *givenUIDLs) hasNameOf(t *table, i int) bool {
	if g != nil && g.recalled != nil {
		return g.recalled.hasNameOf(t, i)
	}
	return g.has(t.unique(t.files[i]))
}

// has reports whether a UIDL belongs to a message, be it there or not: a
// client that has seen it would take another message with it for that one.
func (g *givenUIDLs) has(uidl string) bool {
	switch {
	case g == nil:
		return false
	case g.recalled != nil:
		return g.recalled.has(uidl)
	}
	_, ok := g.byUIDL[uidl]
	return ok
}

// newSet returns an empty set, with room for what the index has.
func (g *givenUIDLs) newSet() *uidlSet {
	if g == nil || g.recalled == nil {
		return &uidlSet{}
	}
	n := len(g.recalled.rows)
	return &uidlSet{index: make([]uint32, 0, n), text: make([]string, 0, n)}
}

// isEmpty reports whether no message has a line, be it there or not.
func (g *givenUIDLs) isEmpty() bool {
	if g != nil && g.recalled != nil {
		return g.recalled.isEmpty()
	}
	return g == nil || len(g.byName) == 0
}
