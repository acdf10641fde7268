package sasl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"tpops/pkg/pop3"
)

// errName is the reason to refuse a proven name that is not plain.
var errName = errors.New("the proven name is not printable ASCII without spaces (identity-names)")

// proven returns the account of the user whose name a token or a certificate has
// proven. No password of that user is checked, so no other name may find it:
// databases compare names in ways of their own.
func (u Users) proven(ctx context.Context, name string) (*pop3.Account, error) {
	if !u.acceptsName(name) {
		return nil, fmt.Errorf("%w: %w", errName, pop3.ErrAuth)
	}
	account, err := u.Accounts.Lookup(ctx, name)
	if err != nil {
		return nil, err
	}
	if !pop3.SameName(account.Name, name) {
		return nil, fmt.Errorf("the proven name %q is not that of the user %q: %w", name, account.Name, pop3.ErrAuth)
	}
	return account, nil
}

func (u Users) acceptsName(name string) bool {
	if u.AnyNames {
		return name != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
	}
	return pop3.IsPlainName(name)
}
