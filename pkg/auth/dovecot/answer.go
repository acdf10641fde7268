package dovecot

import (
	"context"
	"errors"
	"fmt"

	"tpops/pkg/auth"
	"tpops/pkg/pop3"
)

// failures are the reasons why Dovecot rejects a login, by its codes. They are for the
// log: a client reads the same for each.
var failures = map[string]error{
	"authz_fail":    errors.New("the master user may not log in as this user"),
	"authz":         errors.New("the master user may not log in as this user"),
	"user_disabled": errors.New("the account is disabled"),
	"pass_expired":  errors.New("the password has expired"),
}

// errRejected is the reason of a login that Dovecot rejects without one.
var errRejected = errors.New("rejected by Dovecot, whose log has the reason")

// isTemporary reports whether Dovecot could not check the login.
func isTemporary(code string) bool { return code == "temp" || code == "temp_fail" }

// conclude returns the account for a final reply, or why the login is rejected.
func (d *Database) conclude(ctx context.Context, client *pop3.Client, r reply) (*pop3.Account, error) {
	switch r.kind {
	case replyOK:
		return d.account(ctx, client, fieldsOf(r.args))
	case replyFail:
		return nil, failure(fieldsOf(r.args))
	}
	return nil, d.auth.about(fmt.Errorf("%w: %s", errReply, r.kind))
}

// failure returns the error of a FAIL reply. Before version 2.3 a code was a field of
// its own.
func failure(f fields) error {
	name, why := f.text("user"), errRejected
	codes := []string{f.text("code")}
	for _, one := range f {
		if one.value == "" {
			codes = append(codes, one.name)
		}
	}
	for _, code := range codes {
		if isTemporary(code) {
			return fmt.Errorf("%s: temporary failure in Dovecot%s", kind, quoted(f))
		}
		if known := failures[code]; known != nil {
			why = known
		}
	}
	err := refuse(fmt.Errorf("%w%s", why, quoted(f)))
	if auth.CheckLogin(name) != nil {
		return err
	}
	return &pop3.UserError{Name: name, Err: err}
}

// quoted returns the reason in fields for the log, "" without one.
func quoted(f fields) string {
	if text := f.text("reason"); text != "" {
		return fmt.Sprintf(" (%.200q)", text)
	}
	return ""
}

// account returns the account of a user that Dovecot has accepted. Its row is refused if
// the user may not log in here.
func (d *Database) account(ctx context.Context, client *pop3.Client, passdb fields) (*pop3.Account, error) {
	name := passdb.text("user")
	if err := auth.CheckLogin(name); err != nil {
		return nil, d.auth.about(fmt.Errorf("%w: OK: %w", errReply, err))
	}
	row := auth.NewRow(name)
	row.Usable, row.Account.Master = true, passdb.text("auth_user")
	if row.Refused = denied(passdb); row.Refused != nil {
		return row.Admit(kind, true)
	}
	found, err := d.lookup(ctx, name, client)
	if err != nil {
		return nil, &pop3.UserError{Name: name, Err: err}
	}
	if found == nil {
		row.Refused = errors.New("the userdb of Dovecot has no such user")
		return row.Admit(kind, true)
	}
	row.Account.Name = found.name
	row.Refused = d.fill(row, passdb, found.fields)
	return row.Admit(kind, true)
}

// denied returns why a user with the right password may not log in here: Dovecot does
// not enforce these fields itself.
func denied(passdb fields) error {
	for _, name := range []string{"nologin", "proxy", "proxy_maybe", "host"} {
		switch {
		case !passdb.has(name):
		case name == "nologin":
			return fmt.Errorf("%w: nologin%s", auth.ErrClosed, quoted(passdb))
		default:
			return fmt.Errorf("the passdb field %s: the mailbox is on another server (%.100q)", name, passdb.text("host"))
		}
	}
	return nil
}
