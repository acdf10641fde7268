package auth

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"tpops/pkg/pop3"
)

// maxLogin is the longest login name that can exist, in octets. It is what a
// command line can carry (RFC 2449 §4).
const maxLogin = 255

// errClosed is wrapped by the refusal of a row that is meant to keep its user
// out, in contrast to one that this program cannot follow.
var errClosed = errors.New("the row is closed")

// userRow is what a table of users, in a file or in a database, says of one.
type userRow struct {
	account  pop3.Account
	password stored
	usable   bool  // password can be compared
	refused  error // why nobody may log in; always set if password is not usable
}

// newUserRow returns a row of the process's own ids. An error means that login
// is none.
func newUserRow(login string) (*userRow, error) {
	if login == "" || len(login) > maxLogin || strings.ContainsFunc(login, isControl) {
		return nil, errors.New("no usable login name")
	}
	return &userRow{account: pop3.Account{Name: login, UID: -1, GID: -1}}, nil
}

// setPassword takes over what parsing the stored password has given, and
// returns why it can fit nobody's.
func (row *userRow) setPassword(password stored, err error) error {
	switch {
	case err != nil:
		return err
	case password.data == "":
		return errors.New("it has no password")
	case password.locked():
		return fmt.Errorf("%w: no password fits", errClosed)
	}
	if _, err := password.prepare(); err != nil {
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

// admit decides after the password has been compared; a nil row is that of an
// unknown login. The reason is for the log, after the kind of the table; a
// client reads the same for each (RFC 3206 §3).
func (row *userRow) admit(kind string, fits bool) (*pop3.Account, error) {
	switch {
	case row == nil:
		return nil, fmt.Errorf("%s: no such user: %w", kind, pop3.ErrAuth)
	case !row.usable || fits && row.refused != nil:
		return nil, fmt.Errorf("%s: login refused: %w: %w", kind, row.refused, pop3.ErrAuth)
	case !fits:
		return nil, fmt.Errorf("%s: wrong password: %w", kind, pop3.ErrAuth)
	}
	return &row.account, nil
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

// decoy is compared with where there is nothing else yet. It is the hash of a
// password that nobody knows, and the result is thrown away.
var decoy = stored{
	scheme: "CRYPT",
	data:   "$6$bo/ssIfkwOIwId3i$.yLH6eFNVT2MYvo79ggeP69.eCQfq/seIZ5ZKD7AvzsDkln9URnB1cnFapBmxqlf3p0r27vH36rIwnG1LX/c4.",
}
