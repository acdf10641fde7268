package system

import (
	"errors"
	"fmt"

	"tpops/pkg/auth"
	"tpops/pkg/password"
)

// The reasons for which a system user is rejected; those of shadow(5) are in
// aging.go. The account of root counts as disabled, so that a client cannot find out
// whether its password is right.
var (
	errRow        = errors.New("malformed entry in passwd")
	errRoot       = fmt.Errorf("%w: root cannot log in (uid 0)", auth.ErrClosed)
	errNoShadow   = errors.New("no valid entry in shadow")
	errNoPassword = fmt.Errorf("%w: the password is locked or empty", auth.ErrClosed)
)

// find looks a login name up. The row is nil if there is no such user. hash is the
// one to compare the password with: that of another user for a login without a usable
// one. An error means that a file cannot be read.
func (p *Passwd) find(login string) (row *auth.Row, hash password.Stored, err error) {
	users, err := p.users.get()
	if err != nil {
		return nil, password.Stored{}, err
	}
	shadow, err := p.shadow.get()
	if err != nil {
		return nil, password.Stored{}, err
	}
	groups, err := p.groups.get()
	if err != nil {
		return nil, password.Stored{}, err
	}
	row = p.row(login, users, shadow)
	if row == nil || !row.Usable {
		return row, p.otherHash(login, users, shadow), nil
	}
	row.Account.Groups = groups[login]
	return row, row.Password, nil
}

// unusable reports whether the stored password is meant to match no password. By
// shadow(5) that is any text that crypt(3) cannot have made, such as NP. A hash of an
// unknown method is not.
func unusable(hash password.Stored) bool {
	if hash.IsLocked() {
		return true
	}
	err := hash.Validate()
	return err != nil && hash.Data[0] != '$' && hash.Data[0] != '_'
}

// row returns what the files contain about login, nil if there is no such user.
func (p *Passwd) row(login string, users, shadow userTable) *auth.Row {
	if _, known := users.rows[login]; !known || !plausibleLogin(login) {
		return nil
	}
	row := auth.NewRow(login)
	fields, ok := users.fields(login, 7)
	if !ok {
		row.Refused = errRow
		return row
	}
	p.setPassword(row, fields[1], shadow)
	p.setMaildrop(row, fields)
	return row
}

// setPassword sets the password hash of a row from its field in passwd, which may
// refer to shadow.
func (p *Passwd) setPassword(row *auth.Row, field string, shadow userTable) {
	hash := password.Stored{Scheme: "CRYPT", Data: field}
	if field == "x" {
		hash, row.Refused = p.shadowHash(row.Account.Name, shadow)
	}
	if !unusable(hash) {
		row.Password, row.Usable = hash, true
	} else if row.Refused == nil {
		row.Refused = errNoPassword
	}
}

// setMaildrop sets the mailbox of a row and its owner from the fields in passwd.
func (p *Passwd) setMaildrop(row *auth.Row, fields []string) {
	uid, ok1 := parseID(fields[2])
	gid, ok2 := parseID(fields[3])
	row.Account.UID, row.Account.GID = uid, gid
	switch {
	case ok1 && uid == 0:
		row.Refused = errRoot
	case row.Refused != nil:
	case !ok1 || !ok2:
		row.Refused = errRow
	default:
		row.Account.Maildrop, row.Refused = auth.MaildropPath(fields[5], p.config.Maildir)
	}
}

// shadowHash returns the hash of login in shadow. The error is why the account or the
// password has expired, or that the entry is missing.
func (p *Passwd) shadowHash(login string, shadow userTable) (password.Stored, error) {
	fields, ok := shadow.fields(login, shadowFields)
	if !ok {
		return password.Stored{}, errNoShadow
	}
	return password.Stored{Scheme: "CRYPT", Data: fields[1]}, aging(fields, p.config.Now())
}

// otherHash returns the hash of another user, for a login without one, so that the
// reply takes as long. A login always gets the same one: if the users' methods
// differ, a login that is fast and slow in turn would not exist. A client cannot
// predict which one.
func (p *Passwd) otherHash(login string, users, shadow userTable) password.Stored {
	n := len(shadow.hashes) + len(users.hashes)
	if n == 0 {
		return password.Decoy()
	}
	i := p.config.Verifier.Pick(login, n)
	if i < len(shadow.hashes) {
		return shadow.hashes[i]
	}
	return users.hashes[i-len(shadow.hashes)]
}
