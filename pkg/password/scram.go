package password

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// prepareSCRAM returns the scheme of keys for SCRAM. A password can be compared
// with them too.
func prepareSCRAM(h scram.Hash) func(data string) (checker, error) {
	return func(data string) (checker, error) {
		keys, err := scram.Parse(h, data)
		if errors.Is(err, scram.ErrCostly) {
			return checker{}, errCostly
		}
		if err != nil {
			return checker{}, errMalformed
		}
		return checker{lanes: 1, match: func(password string) (bool, error) {
			return keys.Fits(password), nil
		}}, nil
	}
}

// CanSCRAM reports whether a client can use SCRAM with what is stored: keys of
// this hash function, or the password itself.
func (s Stored) CanSCRAM(h scram.Hash) bool {
	_, clear := s.ClearText()
	return clear || s.Scheme == "SCRAM-"+string(h)
}

// SCRAMKeys returns the keys that are stored, or derives them from the password
// if it is stored in the clear. An error means that s is malformed, or that ctx
// ended while waiting for a processor.
func (v *Verifier) SCRAMKeys(ctx context.Context, h scram.Hash, s Stored, a pop3.Attempt) (*scram.Keys, error) {
	password, clear := s.ClearText()
	if !clear {
		return scram.Parse(h, s.Data)
	}
	if prepared, err := scram.Prepare(password); err == nil {
		password = prepared // as the client does
	}
	var keys *scram.Keys
	_, err := v.check(ctx, func() (checker, error) {
		return checker{lanes: 1, match: func(string) (bool, error) {
			keys = scram.Derive(h, password, v.salt(a.Login, sha256.Size/2), scram.MinIterations)
			return true, nil
		}}, nil
	}, a)
	return keys, err
}

// FalseKeys returns keys that no client can have, with the parameters of like and
// a salt of login's own.
func (v *Verifier) FalseKeys(like *scram.Keys, login string) *scram.Keys {
	keys := &scram.Keys{
		Hash: like.Hash, Salt: v.salt(login, len(like.Salt)), Iterations: like.Iterations,
		StoredKey: make([]byte, len(like.StoredKey)), ServerKey: make([]byte, len(like.ServerKey)),
	}
	_, _ = rand.Read(keys.StoredKey) // It never fails.
	_, _ = rand.Read(keys.ServerKey)
	return keys
}

// salt returns the salt of a login for which none is stored. It does not change
// while the salts are the same, and a client cannot predict it.
func (v *Verifier) salt(login string, size int) []byte {
	var salt []byte
	for block := byte(0); len(salt) < size; block++ {
		salt = append(salt, v.mac(block, login)...)
	}
	return salt[:size]
}

// SCRAMHashes returns the hash functions of SCRAM for which keys can be stored.
func SCRAMHashes() []scram.Hash { return []scram.Hash{scram.SHA1, scram.SHA256} }
