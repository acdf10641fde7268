//go:build pam && cgo

package main

// Modules ask libpam by this function to wait after a failure, for two seconds
// mostly. They find it here first. The daemon has a delay of its own
// (error-interval), in which no process waits.

/*
#cgo LDFLAGS: -lpam -rdynamic
#include <security/pam_appl.h>

int pam_fail_delay(pam_handle_t *handle, unsigned int microseconds)
{
	(void)handle;
	(void)microseconds;
	return PAM_SUCCESS;
}
*/
import "C"

import (
	"errors"
	"os"

	library "github.com/msteinert/pam/v2"

	"tpops/pkg/pam"
)

// why is why the program is of no use: here nothing.
const why = ""

// flags keep modules from talking, and those without a password out.
const flags = library.Silent | library.DisallowNullAuthtok

// ask asks the name service, and PAM if there is a password, about a user. A
// user that there is not is asked about all the same: a service may take its
// time for those it knows.
func ask(r *pam.Request) *pam.Answer {
	user, err := lookUp(string(r.Login))
	if err != nil && !errors.Is(err, errNoUser) {
		return trouble(err)
	}
	known := err == nil
	if r.Password == nil && known {
		return &pam.Answer{Outcome: pam.Known, User: *user}
	}
	if r.Password == nil {
		return &pam.Answer{Outcome: pam.NoUser}
	}
	name, outcome, err := authenticate(r)
	switch {
	case err != nil && outcome != pam.Trouble && !known:
		return &pam.Answer{Outcome: pam.NoUser}
	case err != nil:
		return &pam.Answer{Outcome: outcome, Text: err.Error()}
	}
	// A module may have put another name in the place of the one given.
	if user, err = lookUp(name); err != nil {
		return trouble(err)
	}
	return &pam.Answer{Outcome: pam.Admitted, User: *user}
}

func trouble(err error) *pam.Answer { return &pam.Answer{Outcome: pam.Trouble, Text: err.Error()} }

// errSecondQuestion ends a conversation in which a module wants to know more
// than the password, such as a new one or a code. POP3 has no way to ask.
var errSecondQuestion = errors.New("the service asks for more than a password")

// authenticate has PAM check password and account, and returns the name that
// the user has in the end.
func authenticate(r *pam.Request) (name string, outcome pam.Outcome, err error) {
	asked := false
	converse := func(style library.Style, _ string) (string, error) {
		switch {
		case style == library.ErrorMsg || style == library.TextInfo:
			return "", nil
		case style != library.PromptEchoOff || asked:
			return "", errSecondQuestion
		}
		asked = true
		return string(r.Password), nil
	}
	t, err := start(r, converse)
	if err != nil {
		return "", pam.Trouble, err
	}
	defer t.End() // The process ends with it.
	if err := t.Authenticate(flags); err != nil {
		return "", outcomeOf(authentication, err), err
	}
	if err := t.AcctMgmt(flags); err != nil {
		return "", outcomeOf(account, err), err
	}
	if name, err = t.GetItem(library.User); err != nil {
		return "", pam.Trouble, err
	}
	return name, pam.Admitted, nil
}

// confDirVariable names the directory of service files, for tests.
const confDirVariable = "TPOPS_PAM_CONFDIR"

func start(r *pam.Request, converse library.ConversationFunc) (*library.Transaction, error) {
	if dir := os.Getenv(confDirVariable); dir != "" {
		return library.StartConfDir(r.Service, string(r.Login), converse, dir)
	}
	return library.Start(r.Service, string(r.Login), converse)
}
