package tomlplace

// node is a key, and the keys below it.
type node struct {
	place KeyPlace
	below map[string]*node
}

// note stores the place of a path, and of each of its tables that has none. The
// first place stays: after [a], b.c = 1 begins at the table a.b.
func (s *scanner) note(path []string, key, value int) {
	place := KeyPlace{Key: s.counter.advance(key), Value: s.counter.advance(value)}
	n := s.keys
	for _, name := range path {
		if n.below == nil {
			n.below = map[string]*node{}
		}
		if n.below[name] == nil {
			n.below[name] = &node{place: place}
		}
		n = n.below[name]
	}
}
