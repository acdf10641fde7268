package passwdfile

import (
	"slices"

	"tpops/pkg/auth"
	"tpops/pkg/password"
	"tpops/pkg/scram"
)

// tableWays counts which ways to log in work for the users of a table.
type tableWays struct {
	all, clear int
	scram      []int // for each of password.SCRAMHashes
}

func (t *table) secretReach() auth.Reach { return auth.ReachOf(t.ways.clear, t.ways.all) }

func (t *table) scramReach(h scram.Hash) auth.Reach {
	n := slices.Index(password.SCRAMHashes(), h)
	if n < 0 {
		return auth.ForNone
	}
	return auth.ReachOf(t.ways.scram[n], t.ways.all)
}

// scramDecoy returns the keys for a login without any: those of another row, as in
// password.
func (t *table) scramDecoy(v *password.Verifier, login string, h scram.Hash) password.Stored {
	n := slices.Index(password.SCRAMHashes(), h)
	if n < 0 {
		return password.NoKeys()
	}
	stored, ok := t.stored(scramLists+n, func(n int) int { return v.Pick(login, n) })
	if !ok {
		return password.NoKeys()
	}
	return stored
}
