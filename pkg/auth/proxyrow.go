package auth

import (
	"errors"
	"fmt"

	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

// Located returns the account of a row whose mail is on another POP3 server. A
// nil row is that of an unknown login, for which it returns nil. The error is
// one of pop3.Authenticator. A row that is not valid is pop3.ErrPermanent with any
// password: only the other server could check it.
func (row *Row) Located(kind string) (*pop3.Account, error) {
	switch {
	case row == nil:
		return nil, nil
	case errors.Is(row.Refused, ErrClosed):
		return nil, row.About(fmt.Errorf("%s: login refused: %w: %w", kind, row.Refused, pop3.ErrAuth))
	case row.Refused != nil:
		return nil, row.About(fmt.Errorf("%s: login refused: %w: %w", kind, row.Refused, pop3.ErrPermanent))
	}
	return &row.Account, nil
}

// CloseIfLocked rejects the user of a row whose password has been disabled. Any
// other password does not matter: the other server decides.
func (row *Row) CloseIfLocked(stored password.Stored) {
	if stored.Data != "" && stored.IsLocked() {
		row.Refused = fmt.Errorf("%w: no password matches the stored one", ErrClosed)
	}
}
