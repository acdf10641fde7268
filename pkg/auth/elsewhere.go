package auth

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

// found returns the account of a row whose mail is on another server. A nil row
// is that of an unknown login, for which it returns nil.
func (row *userRow) found(kind string, elsewhere bool) (*pop3.Account, error) {
	switch {
	case !elsewhere:
		return nil, fmt.Errorf("%s: rows are not for other servers", kind)
	case row == nil:
		return nil, nil
	case errors.Is(row.refused, errClosed):
		return nil, row.about(fmt.Errorf("%s: login refused: %w: %w", kind, row.refused, pop3.ErrAuth))
	case row.refused != nil:
		return nil, row.about(fmt.Errorf("%s: login refused: %w: %w", kind, row.refused, pop3.ErrPermanent))
	}
	return &row.account, nil
}

// close keeps the user of a row out whose password is one of the marks for that.
// Another one does not matter, nor does none: the other server decides.
func (row *userRow) close(password password.Stored) {
	if password.Data != "" && password.IsLocked() {
		row.refused = fmt.Errorf("%w: no password fits", errClosed)
	}
}

// parseElsewhere reads a line of a passwd-file for a mailbox on another server.
// An error means that there is no user at all.
func parseElsewhere(line string) (*userRow, error) {
	f := cutPasswdLine(line[:min(len(line), maxPasswdLine)])
	if err := checkLogin(f.login); err != nil {
		return nil, err
	}
	row := newUserRow(f.login)
	extra, err := parseExtra(cutShell(f.rest), f.login)
	if err == nil {
		err = apply(&row.account, extra.said)
	}
	row.account.PopServer, row.refused = extra.popServer, err
	if len(line) > maxPasswdLine {
		row.refused = fmt.Errorf("line is longer than %d octets", maxPasswdLine)
	}
	password, _ := password.Parse(f.password, "CRYPT") // What cannot be read closes nothing.
	row.close(password)
	return row, nil
}

// elsewhereColumns says in which column of a result something is, for mailboxes
// on other servers.
type elsewhereColumns struct {
	login, password, popServer int
	settings                   settingColumns
}

// findElsewhere looks for them by name. The login may also be the first column,
// as in 0.8; the others may be missing.
func findElsewhere(names []string) (elsewhereColumns, error) {
	c := elsewhereColumns{
		login:     column(names, 0, "login"),
		password:  column(names, 0, "passwd", "password"),
		popServer: column(names, 0, "pop-server", "pop_server"),
	}
	c.settings = findSettings(names, 0)
	if c.login == none {
		c.login = 0
	}
	if slices.Contains(append([]int{c.login, c.password, c.popServer}, c.settings[:]...), twice) {
		return c, fmt.Errorf("the query returns two columns of one name: %s", strings.Join(names, ", "))
	}
	return c, nil
}

// row reads one row of a result.
func (c elsewhereColumns) row(values []sql.NullString, parse func(string) (password.Stored, error)) *userRow {
	text := texts(values)
	row := newUserRow(text(c.login))
	row.account.PopServer = strings.TrimSpace(text(c.popServer))
	row.refused = apply(&row.account, c.settings.said(text))
	if err := checkRow(row.account.Name, values); err != nil {
		row.refused = err
	}
	password, _ := parse(text(c.password)) // What cannot be read closes nothing.
	row.close(password)
	return row
}
