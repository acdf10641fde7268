package auth

import "tpops/pkg/scram"

// Reach is for how many users a way to log in can work.
type Reach int

// A client that is offered several ways takes the one that it likes best, and
// most clients do not try another if that fails.
const (
	ForNone Reach = iota
	ForSome       // perhaps: other users would be rejected with the right password
	ForAll
)

// Ways is implemented by a Database whose users can log in in other ways than by
// sending the password. A Database without these methods works with passwords
// only. The answers may change while the process runs.
type Ways interface {
	SecretReach() Reach            // how many users have a password for APOP and CRAM-MD5
	SCRAMReach(h scram.Hash) Reach // how many users can use SCRAM with a hash function
	LookupReach() Reach            // how many users need no password if they prove their name
}

// ReachOf returns the Reach of a way that works for able users of all.
func ReachOf(able, all int) Reach {
	switch {
	case able == 0:
		return ForNone
	case able < all:
		return ForSome
	}
	return ForAll
}

// SecretReach implements Ways.
func (s *Sequence) SecretReach() Reach { return s.reach(Ways.SecretReach) }

// SCRAMReach implements Ways.
func (s *Sequence) SCRAMReach(h scram.Hash) Reach {
	return s.reach(func(w Ways) Reach { return w.SCRAMReach(h) })
}

// LookupReach implements Ways.
func (s *Sequence) LookupReach() Reach { return s.reach(Ways.LookupReach) }

// reach returns the Reach for the users of all databases together.
func (s *Sequence) reach(of func(Ways) Reach) Reach {
	one := func(d Database) Reach {
		if w, ok := d.(Ways); ok {
			return of(w)
		}
		return ForNone
	}
	all := one(s.databases[0])
	for _, d := range s.databases[1:] {
		if one(d) != all {
			return ForSome
		}
	}
	return all
}
