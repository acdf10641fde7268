//go:build pam && cgo

package main

// Modules call this function of libpam to delay after a failure, usually by two
// seconds. The program's own definition comes first. The daemon has a delay of its
// own (error-interval), during which no process waits.

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

// unavailable is why the program cannot be used: here it can.
const unavailable = ""

// flags suppress the output of modules, and reject users without a password.
const flags = library.Silent | library.DisallowNullAuthtok

// ask asks the name service about a user, and PAM if there is a password.
func ask(r *pam.Request) *pam.Answer {
	user, err := lookUp(string(r.Login))
	switch {
	case err != nil && !errors.Is(err, errNoUser):
		return failed(err)
	case r.Password != nil:
		return askPAM(r, err == nil)
	case err != nil:
		return &pam.Answer{Outcome: pam.NoUser}
	}
	return &pam.Answer{Outcome: pam.Known, User: *user}
}

// askPAM has PAM check the password. It does so for a user that does not exist too:
// a service may take longer for users that exist.
func askPAM(r *pam.Request, known bool) *pam.Answer {
	name, outcome, err := authenticate(r)
	switch {
	case err != nil && outcome != pam.Failed && !known:
		return &pam.Answer{Outcome: pam.NoUser}
	case outcome == pam.NoUser:
		// pam_unix also returns that if it cannot read its files, and a client must not forget
		// its password because of that.
		return failed(err)
	case err != nil:
		return &pam.Answer{Outcome: outcome, Text: err.Error()}
	}
	// A module may have changed the name.
	user, err := lookUp(name)
	if err != nil {
		return failed(err)
	}
	return &pam.Answer{Outcome: pam.Admitted, User: *user}
}

func failed(err error) *pam.Answer { return &pam.Answer{Outcome: pam.Failed, Text: err.Error()} }

// errSecondQuestion ends a conversation in which a module asks for more than the
// password, such as a new password or a code. POP3 cannot ask the user.
var errSecondQuestion = errors.New("the service asks for more than a password")

// authenticate has PAM check password and account. It returns the user's name after
// that.
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
		return "", pam.Failed, err
	}
	defer t.End() // The process ends with it.
	if err := t.Authenticate(flags); err != nil {
		return "", outcomeOf(authentication, err), err
	}
	if err := t.AcctMgmt(flags); err != nil {
		return "", outcomeOf(account, err), err
	}
	if name, err = t.GetItem(library.User); err != nil {
		return "", pam.Failed, err
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
