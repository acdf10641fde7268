package logincheck

import (
	"fmt"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

// slow is how long a database may take without a warning.
const slow = time.Second

// find asks the databases in turn, as a login does, and sets the account.
func (r *run) find() error {
	if r.Config.Mailbox.Type == "proxy" {
		return r.findRemote()
	}
	for name, database := range r.Backend.Users.Each() {
		start := time.Now()
		user, err := database.Find(r.ctx, r.name)
		took := time.Since(start)
		if err != nil {
			r.step("database", StatusFailed, fmt.Sprintf("%s: %v (after %v)", name, err, since(start)))
			return err
		}
		if !user.Known() {
			r.step("database", statusOK, fmt.Sprintf("%s: no such user (%v)", name, since(start)))
			continue
		}
		r.found(name, took)
		return r.decide(user)
	}
	r.findSmall()
	return fmt.Errorf("%w: %w", auth.ErrNoUser, pop3.ErrAuth)
}

// findSmall reports whether a database has an unknown user in small letters, those of
// login-case. Dovecot looks names up in small letters, and telephones begin a name with a
// capital one.
func (r *run) findSmall() {
	small := pop3.Names{Lower: true}.Of(r.name)
	if small == r.name {
		return
	}
	for name, database := range r.Backend.Users.Each() {
		if user, err := database.Find(r.ctx, small); err == nil && user.Known() {
			r.step("database", statusWarning, fmt.Sprintf("%s has the user %s: the client must write the name in small letters, or set login-case = lower", name, bounded(small, maxName)))
		}
	}
}

func (r *run) found(database string, took time.Duration) {
	status := statusOK
	if took > slow {
		status = statusWarning
	}
	r.step("database", status, fmt.Sprintf("%s has the user (%v)", database, ShortTime(took)))
}

// findRemote finds the server of a user of a proxy.
func (r *run) findRemote() (err error) {
	start := time.Now()
	r.account, err = r.Backend.Authenticator.Authenticate(r.ctx, pop3.Attempt{Login: r.name})
	if err != nil {
		r.step("database", StatusFailed, fmt.Sprintf("%v (after %v)", err, since(start)))
		return err
	}
	r.step("database", statusOK, fmt.Sprintf("the other server checks the password (%v)", since(start)))
	return nil
}

// decide reports the row, and what the database decides about the user.
func (r *run) decide(user auth.User) (err error) {
	tableUser, isTable := user.(interface{ Found() *auth.Row })
	if isTable {
		r.row(tableUser.Found())
	}
	proven, canProve := user.(auth.ProvenUser)
	switch {
	case r.question.Password != nil:
		return r.try(user)
	case !canProve:
		return errUndecided
	}
	if r.account, err = proven.Account(r.ctx); err == nil && isTable {
		r.caveat += ", if the password is right"
	}
	return err
}

// row reports a row, with nothing of the password but its scheme and class of length.
func (r *run) row(row *auth.Row) {
	status, text := statusOK, fmt.Sprintf("login %q, %s", row.Account.Name, passwordText(row))
	if row.Refused != nil {
		status, text = StatusFailed, text+": "+row.Refused.Error()
	}
	r.step("row", status, text)
}

// passwordText describes a stored password without it.
func passwordText(row *auth.Row) string {
	if !row.Usable {
		return "no usable password"
	}
	clear, isClear := row.Password.ClearText()
	switch n := len(clear); {
	case !isClear:
		return "password {" + row.Password.Scheme + "}"
	case n < 8:
		return "password {" + row.Password.Scheme + "}, shorter than 8 octets"
	case n > password.MaxPassword:
		return "password {" + row.Password.Scheme + "}, too long"
	}
	return "password {" + row.Password.Scheme + "}, 8 octets or longer"
}

// try compares the password as a login does.
func (r *run) try(user auth.User) (err error) {
	start := time.Now()
	attempt := pop3.Attempt{Login: r.name, Password: *r.question.Password, Known: true, Client: r.client()}
	r.account, err = user.Authenticate(r.ctx, attempt)
	if err != nil {
		r.step("password", StatusFailed, fmt.Sprintf("%v (%v)", err, since(start)))
		return err
	}
	r.step("password", statusOK, fmt.Sprintf("right (%v); not counted by the guard", since(start)))
	r.withoutTLS(user)
	return nil
}
