package mysql

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"tpops/pkg/auth"
	"tpops/pkg/password"
)

// maxValue is the longest value of a row, in octets.
const maxValue = 64 << 10

// columns are the numbers of the columns of a result, none for a missing one.
type columns struct {
	login, password, maildir int
	uid, gid, home           int
	settings                 settingColumns
}

// findColumns finds the columns by their names. If one of the three required columns
// is not found, they are the first three columns, as in 0.8, and only the others are
// found by name.
func findColumns(names []string) (columns, error) {
	if len(names) < 3 {
		return columns{}, fmt.Errorf("the query returns %d columns instead of login, password and Maildir", len(names))
	}
	c := columns{
		login:    column(names, 0, "login"),
		password: column(names, 0, "passwd", "password"),
		maildir:  column(names, 0, "maildir"),
	}
	from := 0
	if c.login == none || c.password == none || c.maildir == none {
		c.login, c.password, c.maildir, from = 0, 1, 2, 3
	}
	c.uid, c.gid, c.home = column(names, from, "uid"), column(names, from, "gid"), column(names, from, "home")
	c.settings = findSettings(names, from)
	for _, n := range append([]int{c.login, c.password, c.maildir, c.uid, c.gid, c.home}, c.settings[:]...) {
		if n == twice {
			return c, fmt.Errorf("the query returns two columns with the same name: %s", strings.Join(names, ", "))
		}
	}
	// A uid without a gid is probably the number of the row, as in the table of 0.8.
	if (c.uid == none) != (c.gid == none) {
		return c, errors.New("the query returns one of uid and gid without the other")
	}
	return c, nil
}

const (
	none  = -1
	twice = -2
)

// column returns the index of the column with one of the names wanted, from the index
// from on. Names are case-insensitive.
func column(names []string, from int, wanted ...string) int {
	found := none
	for i := from; i < len(names); i++ {
		for _, name := range wanted {
			if !strings.EqualFold(names[i], name) {
				continue
			}
			if found != none {
				return twice
			}
			found = i
		}
	}
	return found
}

// texts returns a function that returns the value in a column. It is "" for NULL and
// for a column that the query does not return.
func texts(values []sql.NullString) func(column int) string {
	return func(n int) string {
		if n == none {
			return ""
		}
		return values[n].String
	}
}

// checkRow returns why a row cannot be used, with or without a proxy.
func checkRow(login string, values []sql.NullString) error {
	for _, value := range values {
		if len(value.String) > maxValue {
			return fmt.Errorf("a value is longer than %d octets", maxValue)
		}
	}
	if err := auth.CheckLogin(login); err != nil {
		return fmt.Errorf("login column: %w", err)
	}
	return nil
}

// row reads one row of a result.
func (c columns) row(values []sql.NullString, parse func(string) (password.Stored, error)) *auth.Row {
	text := texts(values)
	row := auth.NewRow(text(c.login))
	if row.Refused = row.SetPassword(parse(text(c.password))); row.Refused == nil {
		row.Refused = row.SetMaildrop(text(c.home), text(c.maildir), text(c.uid), text(c.gid))
	}
	if row.Refused == nil {
		row.Refused = row.Apply(c.settings.values(text))
	}
	if err := checkRow(row.Account.Name, values); err != nil {
		row.Refused = err
	}
	return row
}
