package mysql

import (
	"context"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/password"
	"tpops/pkg/scram"
)

// prepareSCRAM finds out what mysql-crypt-passwd leaves to SCRAM. Until a user
// has been seen, others are taken to be like those that tpops_passwd makes keys
// for.
func (m *Database) prepareSCRAM(crypt string) {
	v := m.verifier
	if v == nil {
		v = password.NewVerifier() // For a proxy no password is checked here.
	}
	m.seenSCRAM = &scramSeen{file: v.Seen(), tag: v.Tag, unseen: func() scramShape {
		if crypt == "no" {
			return scramShape{clear: true}
		}
		return scramShape{iterations: scram.MinIterations, salt: 16}
	}}
	m.spellings = &spellings{file: v.Seen(), find: m.find, now: time.Now}
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

// notice remembers what the keys for SCRAM of a row look like, whatever its user
// logs in with, and how the database compares names.
func (m *Database) notice(ctx context.Context, row *auth.Row) {
	if m.scram == auth.ForNobody || row == nil || !row.Usable {
		return
	}
	m.spellings.learn(ctx, row.Account.Name)
	for _, h := range password.SCRAMHashes() {
		if row.Password.CanSCRAM(h) {
			m.seenSCRAM.saw(h, row.Account.Name, row.Password)
		}
	}
}
