package pop3

import (
	"errors"
	"fmt"
	"time"
)

// errHeld is the reply to such a login, with the address and the age of the other session.
// It begins with the text of 0.8, which scripts may know.
var errHeld = &Error{CodeInUse, "cannot lock: in use from %s for %d min"}

// heldError is the error of a login to a Maildir that another session has.
type heldError struct {
	answer *Error // in the language of the client
	holder *SessionInfo
	err    error
}

// Error returns what the operator has to know of the other session.
func (e *heldError) Error() string {
	now, h := time.Now(), e.holder
	text := fmt.Sprintf("%v: session %s from %s, logged in for %v", e.err, printable(h.ID), printable(h.Remote), now.Sub(h.LoginAt).Round(time.Second))
	if !h.CommandAt.IsZero() { // else it has just come from another server
		text += fmt.Sprintf(", last command %v ago", now.Sub(h.CommandAt).Round(time.Second))
	}
	return text
}

// Unwrap returns what the client reads, and the error of the Opener.
func (e *heldError) Unwrap() []error { return []error{e.answer, e.err} }

// locked is called while another session has the Maildir that the client wants to open.
// It ends that session if it is abandoned.
func (a *authorization) locked(maildrop string) {
	takeOver := a.s.server.TakeOver
	if a.s.server.AskTakeOver != nil {
		takeOver = a.s.server.AskTakeOver
	}
	if holder := takeOver(maildrop, a.s.backend.LockTakeover); holder != nil {
		a.holder = holder
	}
}

// opened returns the error of an Opener, which may be nil, with what is known of the
// session that has the Maildir. The user, whose password was right, may know from where it is used. The address
// may be that of another process, which an attacker may have taken over.
func (a *authorization) opened(err error) error {
	h := a.holder
	a.holder = nil
	if h == nil || !errors.Is(err, ErrLocked) {
		return err
	}
	text := translateFormat(a.s.Language, errHeld.Text, []any{printable(h.Remote), int(time.Since(h.LoginAt).Minutes())})
	return &heldError{&Error{Code: errHeld.Code, Text: text}, h, err}
}
