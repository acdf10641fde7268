package system

import (
	"errors"
	"fmt"

	"tpops/pkg/auth"
	"tpops/pkg/password"
)

// The reasons for which a system user is kept out; those of shadow(5) are with
// aging. Root is among those who are meant to be: nobody may find out here
// whether its password is right.
var (
	errRow        = errors.New("row in passwd is malformed")
	errRoot       = fmt.Errorf("%w: root cannot log in (uid 0)", auth.ErrClosed)
	errNoShadow   = errors.New("no whole row in shadow")
	errNoPassword = fmt.Errorf("%w: password is locked or empty", auth.ErrClosed)
)

// find looks a login name up. The row is nil if there is none. hash is what to
// compare the password with, another user's for a login without one that can
// be compared. An error is about a file.
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

// unusable reports whether no password matches the stored one, by design: shadow(5) lets any
// text that crypt(3) cannot have made stand for that, such as NP. What looks
// like a method that we do not know is another matter.
func unusable(hash password.Stored) bool {
	if hash.IsLocked() {
		return true
	}
	err := hash.Validate()
	return err != nil && hash.Data[0] != '$' && hash.Data[0] != '_'
}

// row puts together what the files say of login, nil if there is no such user.
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
	hash := password.Stored{Scheme: "CRYPT", Data: fields[1]}
	if fields[1] == "x" {
		hash, row.Refused = p.shadowHash(login, shadow)
	}
	if !unusable(hash) {
		row.Password, row.Usable = hash, true
	} else if row.Refused == nil {
		row.Refused = errNoPassword
	}
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
	return row
}

// shadowHash returns what shadow says of login: the hash, and why it is of no
// use any more.
func (p *Passwd) shadowHash(login string, shadow userTable) (password.Stored, error) {
	fields, ok := shadow.fields(login, shadowFields)
	if !ok {
		return password.Stored{}, errNoShadow
	}
	return password.Stored{Scheme: "CRYPT", Data: fields[1]}, aging(fields, p.config.Now())
}

// otherHash returns the hash of some user, for a login that has none, so that the
// time of the answer says nothing. One login always gets the same one: if the
// methods of the users differ, a name that is now fast and now slow could be
// no user's. Which one it gets cannot be known from outside.
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
