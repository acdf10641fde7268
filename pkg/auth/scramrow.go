package auth

import (
	"context"
	"errors"
	"fmt"

	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// Admit decides about a login once the client has proved, or not, that it has
// the password. Its errors are those of pop3.Authenticator.
type Admit = func(proved bool) (*pop3.Account, error)

// errNoKeys keeps those out of SCRAM of whose password there is another hash.
var errNoKeys = errors.New("no password for SCRAM")

// scram returns what SCRAM needs of a row. Whoever has nothing for it, or is
// not there, gets keys that nobody can meet, as costly as another's, which are
// the same each time: nothing shows that there is no such user.
func (row *userRow) scram(ctx context.Context, v *password.Verifier, kind string, h scram.Hash, login string, other password.Stored) (*scram.Keys, Admit, error) {
	own := row != nil && row.usable && row.password.CanSCRAM(h)
	if own {
		other = row.password
	}
	keys, err := v.SCRAMKeys(ctx, h, other, login)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", kind, err)
	}
	if !own {
		keys = v.FalseKeys(keys, login)
	}
	return keys, func(proved bool) (*pop3.Account, error) {
		if row != nil && row.usable && !own {
			return nil, row.about(fmt.Errorf("%s: %w: %w", kind, errNoKeys, pop3.ErrAuth))
		}
		return row.admit(kind, own && proved)
	}, nil
}
