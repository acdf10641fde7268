//go:build pam && cgo

package main

import (
	"errors"

	library "github.com/msteinert/pam/v2"

	"tpops/pkg/pam"
)

// outcomes are the outcomes of a PAM function by its error.
type outcomes map[library.Error]pam.Outcome

// The errors that are about the user (pam_authenticate(3), pam_acct_mgmt(3)). With any
// other error the check has failed.
var (
	authentication = outcomes{
		library.ErrAuth:        pam.Wrong,
		library.ErrUserUnknown: pam.Wrong, // A service may know fewer users than the system.
		library.ErrMaxtries:    pam.Wrong,
		library.ErrPermDenied:  pam.Wrong,
		library.ErrAcctExpired: pam.AccountExpired,
		library.ErrCredExpired: pam.PasswordExpired,
	}
	account = outcomes{
		library.ErrAcctExpired:    pam.AccountExpired,
		library.ErrAuthtokExpired: pam.PasswordExpired,
		library.ErrCredExpired:    pam.PasswordExpired,
		library.ErrNewAuthtokReqd: pam.MustChange,
		library.ErrPermDenied:     pam.Denied,
		library.ErrAuth:           pam.Denied,
		library.ErrUserUnknown:    pam.NoUser, // unless the name service has the user, see askPAM
	}
)

func outcomeOf(o outcomes, err error) pam.Outcome {
	var known library.Error
	if errors.As(err, &known) {
		if outcome, ok := o[known]; ok {
			return outcome
		}
	}
	return pam.Failed
}
