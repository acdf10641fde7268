package pop3

import (
	"errors"
	"fmt"
)

// Code is a response code that stands in brackets in front of an error text
// (RFC 2449 §8).
type Code string

// The response codes that this package sends.
const (
	CodeNone    Code = ""
	CodeAuth    Code = "AUTH"        // name and password do not fit (RFC 3206 §5)
	CodeInUse   Code = "IN-USE"      // the maildrop is locked (RFC 2449 §8.1.2)
	CodeDelay   Code = "LOGIN-DELAY" // too soon after the login before (RFC 2449 §8.1.1)
	CodeSysTemp Code = "SYS/TEMP"    // trouble that is likely to pass (RFC 3206 §4)
	CodeSysPerm Code = "SYS/PERM"    // trouble that needs a person (RFC 3206 §4)
)

// Error is the one kind of error whose text may reach a client. Wrap one to
// say more in the log than on the wire.
type Error struct {
	Code Code
	Text string // printable ASCII, without a leading '['
}

// Error returns the text that follows -ERR on the wire.
func (e *Error) Error() string {
	if e.Code == CodeNone {
		return e.Text
	}
	return "[" + string(e.Code) + "] " + e.Text
}

// ErrorIn returns the *Error that err is or wraps, nil if there is none: the part
// of err that a client may read.
func ErrorIn(err error) *Error {
	var known *Error
	errors.As(err, &known)
	return known
}

// The errors that clients may read. Where the text is that of TPOPS 0.8,
// scripts may know it.
var (
	ErrCommand   = &Error{CodeNone, "invalid command"}
	ErrMany      = &Error{CodeNone, "too many arguments"}
	ErrFewMany   = &Error{CodeNone, "too few/many arguments"}
	ErrNoMessage = &Error{CodeNone, "no such message"}
	ErrNoAPOP    = &Error{CodeNone, "APOP not supported"}
	ErrXCLIENT   = &Error{CodeNone, "invalid parameters"}
	ErrNoUIDL    = &Error{CodeNone, "UIDL not supported"}
	ErrMechanism = &Error{CodeNone, "authentication mechanism not supported"}
	ErrSASL      = &Error{CodeNone, "invalid authentication data"}
	ErrCancelled = &Error{CodeNone, "authentication cancelled"}
	ErrLanguage  = &Error{CodeNone, "language not supported"}
	ErrNoTLS     = &Error{CodeNone, "STLS not supported"}
	ErrTLSActive = &Error{CodeNone, "command not permitted when TLS is active"}
	ErrClear     = &Error{CodeNone, "TLS is required to log in"}
	ErrTooLong   = &Error{CodeNone, "command line too long"}
	ErrExpired   = &Error{CodeNone, "connection time exceeded"}
	ErrLoginTime = &Error{CodeNone, "login time exceeded"}
	ErrNotAll    = &Error{CodeSysTemp, "some deleted messages not removed"}
	ErrUnread    = &Error{CodeSysPerm, "message not deleted, since it could not be retrieved"}
	ErrEncoded   = &Error{CodeSysPerm, "message is compressed or encrypted, ask the administrator"}
	ErrAuth      = &Error{CodeAuth, "authentication failed"}
	ErrTooSoon   = &Error{CodeDelay, "you have logged in too short a time ago"}
	ErrLocked    = &Error{CodeInUse, "cannot lock"}
	ErrTemporary = &Error{CodeSysTemp, "service unavailable, try again later"}
	ErrPermanent = &Error{CodeSysPerm, "service unavailable, ask the administrator"}
	ErrNoPOP3    = &Error{CodeSysPerm, "this account may not use POP3"}
	ErrTLSOnly   = &Error{CodeSysPerm, "this account needs an encrypted connection"}
	ErrNetwork   = &Error{CodeSysPerm, "this account may not be used from your address"}
)

// ErrMailboxLost is wrapped by the error of a Mailbox that is of no more use.
// The session ends once its client has been told.
var ErrMailboxLost = errors.New("the mailbox is lost")

// The errors of a Guard. They have the words for which fetchmail tries again
// later, and not those that it takes for a mailbox in use.
var (
	ErrGuesses     = &Error{CodeSysTemp, "service unavailable: too many failed logins, try again later"}
	ErrPerAddress  = &Error{CodeSysTemp, "service unavailable: too many connections from your address"}
	ErrBeforeLogin = &Error{CodeSysTemp, "service unavailable: too many connections, try again later"}
	ErrPerUser     = &Error{CodeInUse, "too many sessions of this user"} // RFC 2449 §8.1.2: the password was right
)

// UpdateError says which messages marked as deleted are still there.
type UpdateError struct {
	Kept []int // message numbers, in order
	Err  error // why the first of them is
}

// Error says how many messages were kept, and why.
func (e *UpdateError) Error() string {
	return fmt.Sprintf("remove messages: %d not removed: %v", len(e.Kept), e.Err)
}

// Unwrap returns ErrNotAll, which is what the client reads, and the reason.
func (e *UpdateError) Unwrap() []error { return []error{ErrNotAll, e.Err} }
