package auth

import (
	"slices"

	"tpops/pkg/password"
	"tpops/pkg/scram"
)

// prepareSCRAM finds out what mysql-crypt-passwd leaves to SCRAM. Until a user
// has been seen, others are taken to be like those that tpops_passwd makes keys
// for.
func (m *MySQL) prepareSCRAM(crypt string) {
	for i, h := range hashes {
		unseen := password.NoKeys()
		if crypt != "no" {
			unseen = scramShape{iterations: scram.MinIterations, salt: 16}.stored(h)
		}
		m.seenSCRAM[i] = newSCRAMSeen(h, unseen)
	}
	switch crypt {
	case "no":
		m.scram = ForAll
	case "yes":
		m.scram = ForSome
	}
}

// SecretReach returns for how many users the password is stored in the clear.
func (m *MySQL) SecretReach() Reach {
	if m.digests {
		return ForAll
	}
	return ForNobody
}

// SCRAMReach returns how many users can use SCRAM. With mysql-crypt-passwd yes
// each row may have another scheme, and it is not known.
func (m *MySQL) SCRAMReach(scram.Hash) Reach { return m.scram }

// LookupReach returns ForAll: a row says all but the password.
func (m *MySQL) LookupReach() Reach { return ForAll }

// scramDecoy returns what stands in where a login has nothing for SCRAM: keys
// like those of most users.
func (m *MySQL) scramDecoy(row *userRow, h scram.Hash) password.Stored {
	seen := m.seenSCRAM[slices.Index(hashes[:], h)]
	if row != nil && row.usable && row.password.CanSCRAM(h) {
		seen.saw(h, row.account.Name, row.password)
	}
	return seen.decoy()
}
