package mysql

import (
	"tpops/pkg/auth"
	"tpops/pkg/password"
	"tpops/pkg/scram"
)

// prepareSCRAM finds out what mysql-crypt-passwd leaves to SCRAM. Until a user
// has been seen, others are taken to be like those that tpops_passwd makes keys
// for.
func (m *Database) prepareSCRAM(crypt string) {
	m.seenSCRAM = map[scram.Hash]*scramSeen{}
	for _, h := range password.SCRAMHashes() {
		unseen := password.NoKeys()
		if crypt != "no" {
			unseen = scramShape{iterations: scram.MinIterations, salt: 16}.stored(h)
		}
		m.seenSCRAM[h] = newSCRAMSeen(h, unseen)
	}
	switch crypt {
	case "no":
		m.scram = auth.ForAll
	case "yes":
		m.scram = auth.ForSome
	}
}

// SecretReach returns for how many users the password is stored in the clear.
func (m *Database) SecretReach() auth.Reach {
	if m.clear {
		return auth.ForAll
	}
	return auth.ForNobody
}

// SCRAMReach returns how many users can use SCRAM. With mysql-crypt-passwd yes
// each row may have another scheme, and it is not known.
func (m *Database) SCRAMReach(scram.Hash) auth.Reach { return m.scram }

// LookupReach returns auth.ForAll: a row says all but the password.
func (m *Database) LookupReach() auth.Reach { return auth.ForAll }

// scramDecoy returns what stands in where a login has nothing for SCRAM: keys
// like those of most users.
func (m *Database) scramDecoy(row *auth.Row, h scram.Hash) password.Stored {
	seen := m.seenSCRAM[h]
	if row != nil && row.Usable && row.Password.CanSCRAM(h) {
		seen.saw(h, row.Account.Name, row.Password)
	}
	return seen.decoy()
}
