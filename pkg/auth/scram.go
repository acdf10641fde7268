package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// prepareSCRAM is the scheme of keys for SCRAM, which a password can be checked
// with too.
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

// Admit decides about a login once the client has proved, or not, that it has
// the password. Its errors are those of pop3.Authenticator.
type Admit = func(proved bool) (*pop3.Account, error)

// canSCRAM reports whether a client can use SCRAM with what is stored: keys of
// this hash function, or the password itself.
func (s stored) canSCRAM(h scram.Hash) bool {
	_, clear := s.clearText()
	return clear || s.scheme == "SCRAM-"+string(h)
}

// errNoKeys keeps those out of SCRAM of whose password there is another hash.
var errNoKeys = errors.New("no password for SCRAM")

// scram returns what SCRAM needs of a row. Whoever has nothing for it, or is
// not there, gets keys that nobody can meet, as costly as another's, which are
// the same each time: nothing shows that there is no such user.
func (row *userRow) scram(ctx context.Context, v *Verifier, kind string, h scram.Hash, login string, other stored) (*scram.Keys, Admit, error) {
	own := row != nil && row.usable && row.password.canSCRAM(h)
	if own {
		other = row.password
	}
	keys, err := v.scramKeys(ctx, h, other, login)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", kind, err)
	}
	if !own {
		keys = v.falseKeys(keys, login)
	}
	return keys, func(proved bool) (*pop3.Account, error) {
		if row != nil && row.usable && !own {
			return nil, row.about(fmt.Errorf("%s: %w: %w", kind, errNoKeys, pop3.ErrAuth))
		}
		return row.admit(kind, own && proved)
	}, nil
}

// scramKeys returns the keys that are stored, or derives them from the password
// if it is stored in the clear.
func (v *Verifier) scramKeys(ctx context.Context, h scram.Hash, s stored, login string) (*scram.Keys, error) {
	password, clear := s.clearText()
	if !clear {
		return scram.Parse(h, s.data)
	}
	if prepared, err := scram.Prepare(password); err == nil {
		password = prepared // as the client does
	}
	var keys *scram.Keys
	_, err := v.check(ctx, func() (checker, error) {
		return checker{lanes: 1, match: func(password string) (bool, error) {
			keys = scram.Derive(h, password, v.salt(login, sha256.Size/2), scram.MinIterations)
			return true, nil
		}}, nil
	}, password)
	return keys, err
}

// falseKeys returns keys like others, with a salt of login's own.
func (v *Verifier) falseKeys(like *scram.Keys, login string) *scram.Keys {
	keys := &scram.Keys{
		Hash: like.Hash, Salt: v.salt(login, len(like.Salt)), Iterations: like.Iterations,
		StoredKey: make([]byte, len(like.StoredKey)), ServerKey: make([]byte, len(like.ServerKey)),
	}
	_, _ = rand.Read(keys.StoredKey) // It never fails.
	_, _ = rand.Read(keys.ServerKey)
	return keys
}

// salt returns the salt of a login without one, which is the same for as long
// as the process lives and cannot be foreseen.
func (v *Verifier) salt(login string, size int) []byte {
	var salt []byte
	for block := byte(0); len(salt) < size; block++ {
		salt = append(salt, v.mac(block, login)...)
	}
	return salt[:size]
}
