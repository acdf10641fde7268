package auth

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

// MaxLogin is the longest login name that can exist, in octets. It is what a
// command line can carry (RFC 2449 §4).
const MaxLogin = 255

// ErrClosed is wrapped by Row.Refused if the operator has disabled the account,
// as opposed to a row that this program cannot use.
var ErrClosed = errors.New("the account is disabled")

// Row is what a table of users, in a file or in a database, contains about one
// user. Once it has been read it does not change.
type Row struct {
	Account  pop3.Account
	Password password.Stored
	Usable   bool  // Password can be compared
	Refused  error // why the user may not log in; always set if Password is not usable
}

// NewRow returns a row of a mailbox with the process's own ids.
func NewRow(login string) *Row {
	return &Row{Account: pop3.Account{Name: login, UID: -1, GID: -1}}
}

// CheckLogin returns an error if login cannot be a login name.
func CheckLogin(login string) error {
	if login == "" || len(login) > MaxLogin || strings.ContainsFunc(login, isControl) {
		return errors.New("no usable login name")
	}
	return nil
}

// SetPassword sets the stored password from what parsing it has returned. The
// error is the reason why no client's password can match.
func (row *Row) SetPassword(stored password.Stored, err error) error {
	switch {
	case err != nil:
		return err
	case stored.Data == "":
		return errors.New("it has no password")
	case stored.IsLocked():
		return fmt.Errorf("%w: no password matches the stored one", ErrClosed)
	}
	if err := stored.Validate(); err != nil {
		return err
	}
	row.Password, row.Usable = stored, true
	return nil
}

// SetMaildrop sets where the mailbox is, and its owner.
func (row *Row) SetMaildrop(home, mail, uid, gid string) (err error) {
	if row.Account.UID, row.Account.GID, err = parseIDs(uid, gid); err != nil {
		return err
	}
	row.Account.Maildrop, err = MaildropPath(home, mail)
	return err
}

// Admit decides after the password has been compared. A nil row is that of an
// unknown login. The error has the reason for the log, after the kind of table.
//
// A client reads the same for every reason but one: with the right password for
// a row that has a mistake it reads that an administrator is needed, else it
// would ask its user for another password (RFC 3206 §4). A client without the
// password must not learn even that.
func (row *Row) Admit(kind string, matches bool) (*pop3.Account, error) {
	answer, reason := pop3.ErrAuth, ErrNoUser
	switch {
	case row == nil:
	case row.Usable && !matches:
		reason = ErrWrongPassword
	case row.Usable && row.Refused == nil:
		return &row.Account, nil
	default:
		reason = fmt.Errorf("login refused: %w", row.Refused)
		if row.Usable && !errors.Is(row.Refused, ErrClosed) {
			answer = pop3.ErrPermanent
		}
	}
	return nil, row.About(fmt.Errorf("%s: %w: %w", kind, reason, answer))
}

// About returns err as an error about the user of the row. A nil row returns it
// unchanged.
func (row *Row) About(err error) error {
	if row == nil {
		return err
	}
	return &pop3.UserError{Name: row.Account.Name, Err: err}
}

// parseIDs reads the owner of a mailbox: two numbers, or two empty texts for the
// process's own ids, which are -1. Root is rejected: a mistake in a row would
// cost more than a mailbox that really belongs to root is worth.
func parseIDs(uid, gid string) (int, int, error) {
	if uid == "" && gid == "" {
		return -1, -1, nil
	}
	var ids [2]int
	for i, text := range []string{uid, gid} {
		// The highest number is -1 to the kernel, which means "leave it".
		id, err := strconv.ParseUint(text, 10, 32)
		if err != nil || id == 0 || id == math.MaxUint32 {
			return -1, -1, fmt.Errorf("uid %q and gid %q: want two numbers above 0, or neither", uid, gid)
		}
		ids[i] = int(id)
	}
	return ids[0], ids[1], nil
}
