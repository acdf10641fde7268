package auth

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

// maxLogin is the longest login name that can exist, in octets. It is what a
// command line can carry (RFC 2449 §4).
const maxLogin = 255

// errClosed is wrapped by the refusal of a row that is meant to keep its user
// out, in contrast to one that this program cannot follow.
var errClosed = errors.New("the row is closed")

// The reasons to keep someone out that are not a row's.
var (
	errNoUser        = errors.New("no such user")
	errWrongPassword = errors.New("wrong password")
)

// userRow is what a table of users, in a file or in a database, says of one.
type userRow struct {
	account  pop3.Account
	password password.Stored
	usable   bool  // password can be compared
	refused  error // why nobody may log in; always set if password is not usable
}

// newUserRow returns a row of the process's own ids.
func newUserRow(login string) *userRow {
	return &userRow{account: pop3.Account{Name: login, UID: -1, GID: -1}}
}

// checkLogin says why login is no name.
func checkLogin(login string) error {
	if login == "" || len(login) > maxLogin || strings.ContainsFunc(login, isControl) {
		return errors.New("no usable login name")
	}
	return nil
}

// setPassword takes over what parsing the stored password has given, and
// returns why it can fit nobody's.
func (row *userRow) setPassword(password password.Stored, err error) error {
	switch {
	case err != nil:
		return err
	case password.Data == "":
		return errors.New("it has no password")
	case password.IsLocked():
		return fmt.Errorf("%w: no password fits", errClosed)
	}
	if err := password.Validate(); err != nil {
		return err
	}
	row.password, row.usable = password, true
	return nil
}

// setMaildrop takes over where the mail is, and whose.
func (row *userRow) setMaildrop(home, mail, uid, gid string) (err error) {
	if row.account.UID, row.account.GID, err = parseIDs(uid, gid); err != nil {
		return err
	}
	row.account.Maildrop, err = maildropPath(home, mail)
	return err
}

// login compares the password with hash, which is another's if row has none or
// is nil, and decides. That another's hash is of no use is nobody's trouble.
func (row *userRow) login(ctx context.Context, v *password.Verifier, kind string, hash password.Stored, password string) (*pop3.Account, error) {
	fits, err := v.Matches(ctx, hash, password)
	own := row != nil && row.usable
	if err != nil && (own || ctx.Err() != nil) {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return row.admit(kind, fits)
}

// admit decides after the password has been compared; a nil row is that of an
// unknown login. The reason is for the log, after the kind of the table.
//
// A client reads the same for each but one: it would ask for another password
// if we did not say that the right one has met a mistake in the row (RFC 3206
// §4). Those who do not know the password must not learn even that.
func (row *userRow) admit(kind string, fits bool) (*pop3.Account, error) {
	answer, reason := pop3.ErrAuth, errNoUser
	switch {
	case row == nil:
	case row.usable && !fits:
		reason = errWrongPassword
	case row.usable && row.refused == nil:
		return &row.account, nil
	default:
		reason = fmt.Errorf("login refused: %w", row.refused)
		if row.usable && !errors.Is(row.refused, errClosed) {
			answer = pop3.ErrPermanent
		}
	}
	return nil, row.about(fmt.Errorf("%s: %w: %w", kind, reason, answer))
}

// about returns err as one about the user of the row, unless that is nil.
func (row *userRow) about(err error) error {
	if row == nil {
		return err
	}
	return &pop3.UserError{Name: row.account.Name, Err: err}
}

// parseIDs reads the owner of a maildrop: two numbers, or nothing twice for
// the process's own ids, which are -1. Root's are refused: a maildrop that is
// really root's is not worth what a mistake in a row would cost.
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
