package auth

import (
	"errors"
	"hash/maphash"

	"tpops/pkg/pop3"
)

// systemUser is what the system's files say of a login name, be there such a
// user or not.
type systemUser struct {
	account *pop3.Account
	refusal error  // why there is no entry, with the right password neither
	fault   error  // why it could not be served: for the log, and not its own fault
	hash    stored // to check the password with
	decoy   bool   // hash is another user's; what comes of it is thrown away
}

// The reasons for which a system user is kept out; those of shadow(5) are with
// aging.
var (
	errNoUser     = errors.New("no such user")
	errRow        = errors.New("row in passwd is malformed")
	errRoot       = errors.New("uid 0 has no mail here")
	errNoShadow   = errors.New("no whole row in shadow")
	errNoPassword = errors.New("password is locked or empty")
)

// find looks a login name up. An error is about a file.
func (p *Passwd) find(login string) (systemUser, error) {
	users, err := p.users.get()
	if err != nil {
		return systemUser{}, err
	}
	shadow, err := p.shadow.get()
	if err != nil {
		return systemUser{}, err
	}
	groups, err := p.groups.get()
	if err != nil {
		return systemUser{}, err
	}
	u := p.user(login, users, shadow)
	if u.account != nil {
		u.account.Groups = groups[login]
	}
	if unusable(u.hash) {
		u.hash, u.decoy = p.decoy(login, users, shadow), true
		if u.refusal == nil {
			u.refusal = errNoPassword
		}
	}
	return u, nil
}

// unusable reports whether no password fits, by design: shadow(5) lets any
// text that crypt(3) cannot have made stand for that, such as NP. What looks
// like a method that we do not know is another matter.
func unusable(hash stored) bool {
	if hash.locked() {
		return true
	}
	_, err := hash.prepare()
	return err != nil && hash.data[0] != '$' && hash.data[0] != '_'
}

// user makes a systemUser of the rows of login. Without a hash of its own it
// has none.
func (p *Passwd) user(login string, users, shadow userTable) (u systemUser) {
	if _, known := users.rows[login]; !known || !plausibleLogin(login) {
		u.refusal = errNoUser
		return u
	}
	fields, ok := users.fields(login, 7)
	if !ok {
		u.refusal = errRow
		return u
	}
	u.hash = stored{scheme: "CRYPT", data: fields[1]}
	if fields[1] == "x" {
		u.hash, u.refusal = p.shadowHash(login, shadow)
	}
	uid, ok1 := parseID(fields[2])
	gid, ok2 := parseID(fields[3])
	switch {
	case !ok1 || !ok2:
		u.refusal = errRow
	case uid == 0:
		u.refusal = errRoot
	}
	u.account = &pop3.Account{Name: login, UID: uid, GID: gid}
	u.account.Maildrop, u.fault = maildropPath(fields[5], p.config.Maildir)
	return u
}

// shadowHash returns what shadow says of login: the hash, and why it is of no
// use any more.
func (p *Passwd) shadowHash(login string, shadow userTable) (stored, error) {
	fields, ok := shadow.fields(login, shadowFields)
	if !ok {
		return stored{}, errNoShadow
	}
	return stored{scheme: "CRYPT", data: fields[1]}, aging(fields, p.config.Now())
}

// decoy returns the hash of some user, for a login that has none, so that the
// time of the answer says nothing. One login always gets the same one: if the
// methods of the users differ, a name that is now fast and now slow could be
// no user's. Which one it gets cannot be known from outside.
func (p *Passwd) decoy(login string, users, shadow userTable) stored {
	n := uint64(len(shadow.hashes) + len(users.hashes))
	if n == 0 {
		return stored{}
	}
	i := maphash.String(p.seed, login) % n
	if i < uint64(len(shadow.hashes)) {
		return shadow.hashes[i]
	}
	return users.hashes[i-uint64(len(shadow.hashes))]
}
