package logincheck

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"tpops/pkg/auth"
	"tpops/pkg/pop3"
)

// reason is why a login is refused, and what the operator can change.
type reason struct {
	err    error
	advice string
}

// reasons are in the order in which they are looked for: those that others wrap are last.
func reasons() []reason {
	return []reason{
		{errUndecided, "Run the check with --password."},
		{auth.ErrNoUser, "Add the user to a database of auth-type, or correct the name or the parameter domain."},
		{auth.ErrWrongPassword, "Give the client the right password, or set a new one in the database."},
		{auth.ErrNoSecret, "Store a password for APOP, or let the client use another method."},
		{auth.ErrNoKeys, "Store a password for SCRAM, or let the client use another method."},
		{auth.ErrClosed, "Enable or renew the account in its database (for system users: chage -l USER)."},
		{auth.ErrMaildrop, "Correct the path of the mailbox in the row."},
		{pop3.ErrNoPOP3, "Set pop3 = yes in the user's row."},
		{pop3.ErrTLSOnly, "Let the client use TLS, set tls-cert if there is none, or remove tls = required from the row."},
		{pop3.ErrNetwork, "Add the client's network to allow_nets in the row."},
		{pop3.ErrClear, "Let the client use TLS, or set plaintext-login."},
		{errBanned, "Find the ban with tpopsctl ban list, and end it with tpopsctl ban lift."},
		{pop3.ErrGuesses, "Correct the password in the clients, and wait, or add the address to guard-exempt."},
		{pop3.ErrPerAddress, "Raise max-per-address, or add the address to guard-exempt."},
		{pop3.ErrBeforeLogin, "Raise max-before-login."},
		{pop3.ErrPerUser, "End sessions with tpopsctl kick, or raise max_sessions in the row or max-per-user."},
		{pop3.ErrTooSoon, "Wait, or lower login-delay."},
		{pop3.ErrLocked, "Wait for the end of the session that has the lock, or end it with tpopsctl kick."},
		{pop3.ErrNoAPOP, "Let the client send the password, or store passwords for APOP."},
		{pop3.ErrMechanism, "Let the client use another mechanism, or add it to sasl-mechanisms."},
		{pop3.ErrSASL, "The client sends invalid data: use another mechanism or client."},
		{pop3.ErrCancelled, "The client has cancelled the login: ask its user."},
		{pop3.ErrLoginTime, "Raise login-time."},
		{fs.ErrPermission, "Correct the owner and the modes of the mailbox and of the directories above it."},
		{context.DeadlineExceeded, "Make the database answer faster, or raise its timeout."},
		{context.Canceled, "Repeat the check."},
		{pop3.ErrAuth, "Correct the entry of the user in the database."},
		{pop3.ErrTemporary, "See the log of the other server or of the database."},
		{pop3.ErrPermanent, "Correct the row of the user in the database, or the mailbox."},
	}
}

// maxName bounds a login name in the sentence, maxError an error, in octets.
const (
	maxName  = 100
	maxError = 400
)

// refuse ends the report with the reason.
func (r *run) refuse(err error) {
	r.report.Result = resultRefused
	verb := "is refused"
	if errors.Is(err, errUndecided) {
		r.report.Result = resultUndecided
		verb = "depends on the password"
	}
	r.report.Code = string(pop3.CodeSysTemp)
	if known := pop3.ErrorIn(err); known != nil {
		r.report.Code = string(known.Code)
	}
	path := ""
	if r.account != nil {
		path = r.account.Maildrop
	}
	r.report.Sentence = fmt.Sprintf("A login of %s %s: %s. %s", bounded(r.name, maxName), verb, bounded(err.Error(), maxError), advice(err, path))
}

// advice returns what to change.
func advice(err error, path string) string {
	text := "Correct what the error names; the client may try again."
	for _, known := range reasons() {
		if errors.Is(err, known.err) {
			text = known.advice
			break
		}
	}
	if fix := fixOf(err, path); fix != "" {
		return "See: " + bounded(fix, maxError) + "."
	}
	return text
}

// bounded returns the beginning of a text, which may be of a client, without half a
// character.
func bounded(text string, octets int) string {
	if len(text) <= octets {
		return strings.ToValidUTF8(text, "\uFFFD")
	}
	return strings.ToValidUTF8(text[:octets], "\uFFFD") + "…"
}
