package auth

import "tpops/pkg/scram"

// Reach is how many users a way to log in can work for.
type Reach int

// A client that is offered several ways takes the one that it likes best, and
// most do not try another if that fails.
const (
	ForNobody Reach = iota
	ForSome         // perhaps: other users would be refused with the right password
	ForAll
)

// reach counts for how many of the users a way works.
func reach(able, all int) Reach {
	switch {
	case able == 0:
		return ForNobody
	case able < all:
		return ForSome
	}
	return ForAll
}

// hashes are those of SCRAM for which keys can be stored.
var hashes = [...]scram.Hash{scram.SHA1, scram.SHA256}
