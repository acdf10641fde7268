package maildir

import (
	"cmp"
	"crypto/sha256"
	"slices"
)

// tpops_served is what is known of the UIDLs that a mailbox was served with. It is
// kept only for a mailbox whose UIDLs do not all follow from the names of its
// files: no file means that they all do, or that nothing is known. So most
// mailboxes have none, and a login to them costs one attempt to open it.

// sketchSize is how many messages of each kind a sketch has. If 3 % of the UIDLs of
// a large mailbox change, about 8 of 256 do.
const sketchSize = 256

// served is a sketch of the UIDLs of a mailbox: those of the messages whose unique
// names have the smallest hashes, which is a fair sample that any two listings
// share. A message that is not in it is new, or not in the sample.
type served struct {
	given  []servedUIDL // messages with another UIDL than the built-in rule gives
	byRule []uint64     // hashes of the unique names of others
}

// isOwn reports whether all messages have the UIDLs of the built-in rule, also those
// that came later.
func (s *served) isOwn() bool { return len(s.given)+len(s.byRule) == 0 }

// servedUIDL is a message with another UIDL than the built-in rule gives.
type servedUIDL struct{ name, uidl uint64 } // hashes

func (s servedUIDL) compareName(name uint64) int { return cmp.Compare(s.name, name) }

// builtInUIDL returns the UIDL that the names of files give a message which shares
// its unique name with no other. This is rule 1. tpops_served relies on it: a
// version that changes the rule has to know rule 1 too.
func builtInUIDL(unique string) string {
	if isUIDL(unique) {
		return unique
	}
	full := sha256.Sum256([]byte(unique))
	digits := digest(full[:]).hex()
	return string(digits[:])
}

// hashOf returns a 64-bit hash of a name or a UIDL: FNV-1a, with its bits mixed
// once more, since names often differ in their last octets only.
func hashOf(text string) uint64 {
	hash := uint64(0xcbf29ce484222325)
	for i := range len(text) {
		hash = (hash ^ uint64(text[i])) * 0x100000001b3
	}
	hash = (hash ^ hash>>33) * 0xff51afd7ed558ccd
	hash = (hash ^ hash>>33) * 0xc4ceb9fe1a85ec53
	return hash ^ hash>>33
}

// servedOf returns a sketch of a listing. Messages that share their unique name are
// not in it: their UIDLs change when one of them comes or goes. It is nil if there
// is nothing to know: of an empty mailbox, say, that another server's list will fill.
func servedOf(n numbered) *served {
	if n.own {
		return &served{}
	}
	given := sampler[servedUIDL]{compare: func(a, b servedUIDL) int { return a.compareName(b.name) }}
	byRule := sampler[uint64]{compare: cmp.Compare[uint64]}
	t := n.table
	for i, f := range t.files {
		if t.isTwin(i) {
			continue
		}
		unique, uidl := t.unique(f), n.uidls.of(t, i)
		if isBuiltIn(unique, uidl) {
			byRule.add(hashOf(unique))
		} else {
			given.add(servedUIDL{hashOf(unique), hashOf(uidl)})
		}
	}
	s := &served{given: given.sample(), byRule: byRule.sample()}
	if s.isOwn() {
		return nil
	}
	return s
}

// isBuiltIn reports whether a UIDL is the one of the built-in rule.
func isBuiltIn(unique, uidl string) bool {
	if uidl == unique {
		return isUIDL(unique)
	}
	return len(uidl) == 32 && uidl == builtInUIDL(unique)
}

// sampler finds the smallest of many rows.
type sampler[T any] struct {
	rows    []T
	compare func(a, b T) int
}

// add adds a row, unless it is larger than sketchSize others.
func (s *sampler[T]) add(row T) {
	if s.rows == nil {
		s.rows = make([]T, 0, 2*sketchSize)
	}
	if s.rows = append(s.rows, row); len(s.rows) == 2*sketchSize {
		s.sample()
	}
}

// sample returns the smallest rows in order, each once.
func (s *sampler[T]) sample() []T {
	slices.SortFunc(s.rows, s.compare)
	s.rows = slices.CompactFunc(s.rows, func(a, b T) bool { return s.compare(a, b) == 0 })
	s.rows = s.rows[:min(len(s.rows), sketchSize)]
	return s.rows
}

// uidlOf returns the hash of the UIDL that a message was served with, as far as
// that is known.
func (s *served) uidlOf(unique string) (uint64, bool) {
	if !s.isOwn() {
		name := hashOf(unique)
		if k, found := slices.BinarySearchFunc(s.given, name, servedUIDL.compareName); found {
			return s.given[k].uidl, true
		}
		if _, found := slices.BinarySearch(s.byRule, name); !found {
			return 0, false
		}
	}
	return hashOf(builtInUIDL(unique)), true
}

// contains reports whether s has all that other has, and what it says of a message
// is what other says.
func (s *served) contains(other *served) bool {
	if s.isOwn() != other.isOwn() {
		return false
	}
	for _, m := range other.given {
		if k, found := slices.BinarySearchFunc(s.given, m.name, servedUIDL.compareName); !found || s.given[k] != m {
			return false
		}
	}
	return !slices.ContainsFunc(other.byRule, func(name uint64) bool {
		_, found := slices.BinarySearch(s.byRule, name)
		return !found
	})
}
