//go:build pam && cgo

package main

import (
	"errors"

	library "github.com/msteinert/pam/v2"

	"tpops/pkg/pam"
)

// stage is what PAM was asked for.
type stage map[library.Error]pam.Outcome

// What PAM's errors say about a user (pam_authenticate(3), pam_acct_mgmt(3)).
// Any other is trouble, and says nothing.
var (
	authentication = stage{
		library.ErrAuth:        pam.Wrong,
		library.ErrUserUnknown: pam.Wrong, // A service may know fewer users than the system.
		library.ErrMaxtries:    pam.Wrong,
		library.ErrPermDenied:  pam.Wrong,
		library.ErrAcctExpired: pam.AccountExpired,
		library.ErrCredExpired: pam.PasswordExpired,
	}
	account = stage{
		library.ErrAcctExpired:    pam.AccountExpired,
		library.ErrAuthtokExpired: pam.PasswordExpired,
		library.ErrCredExpired:    pam.PasswordExpired,
		library.ErrNewAuthtokReqd: pam.MustChange,
		library.ErrPermDenied:     pam.Denied,
		library.ErrAuth:           pam.Denied,
		library.ErrUserUnknown:    pam.Denied,
	}
)

func outcomeOf(s stage, err error) pam.Outcome {
	var told library.Error
	if errors.As(err, &told) {
		if outcome, ok := s[told]; ok {
			return outcome
		}
	}
	return pam.Trouble
}
