package auth

import (
	"context"
	"time"

	"tpops/pkg/scram"
)

// prepareSCRAM finds out what mysql-crypt-passwd leaves to SCRAM. Until a user
// has been seen, others are taken to be like those that tpops_passwd makes keys
// for.
func (m *MySQL) prepareSCRAM(crypt string) {
	v := m.verifier
	if v == nil {
		v = &Verifier{seen: &seenMemory{}} // With Elsewhere no password is checked here.
	}
	m.seenSCRAM = &scramSeen{file: v.seen, mac: v.mac, unseen: func() scramShape {
		if crypt == "no" {
			return scramShape{clear: true}
		}
		return scramShape{iterations: scram.MinIterations, salt: 16}
	}}
	m.spellings = &spellings{file: v.seen, find: m.find, now: time.Now}
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

// notice remembers what the keys for SCRAM of a row look like, whatever its user
// logs in with, and how the database compares names.
func (m *MySQL) notice(ctx context.Context, row *userRow) {
	if m.scram == ForNobody || row == nil || !row.usable {
		return
	}
	m.spellings.learn(ctx, row.account.Name)
	for _, h := range hashes {
		if row.password.canSCRAM(h) {
			m.seenSCRAM.saw(h, row.account.Name, row.password)
		}
	}
}
