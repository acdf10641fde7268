package mysql

import (
	"context"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/password"
	"tpops/pkg/scram"
)

// prepareSCRAM decides for how many users SCRAM can work with mysql-crypt-passwd. Until
// a user has been looked up, unknown users get keys like those of tpops_passwd.
func (m *Database) prepareSCRAM(crypt string) {
	v := m.verifier
	if v == nil {
		v = password.NewVerifier() // A proxy checks no password here.
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
	return auth.ForNone
}

// SCRAMReach returns for how many users SCRAM works. With mysql-crypt-passwd = yes each
// row may have another scheme, so that it is auth.ForSome.
func (m *Database) SCRAMReach(scram.Hash) auth.Reach { return m.scram }

// LookupReach returns auth.ForAll: a row contains everything but the password.
func (m *Database) LookupReach() auth.Reach { return auth.ForAll }

// recordSCRAM records the form of a row's keys for SCRAM, and how the database compares
// names.
func (m *Database) recordSCRAM(ctx context.Context, row *auth.Row) {
	if m.scram == auth.ForNone || row == nil || !row.Usable {
		return
	}
	m.spellings.learn(ctx, row.Account.Name)
	for _, h := range password.SCRAMHashes() {
		if row.Password.CanSCRAM(h) {
			m.seenSCRAM.record(h, row.Account.Name, row.Password)
		}
	}
}
