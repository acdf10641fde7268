package mysql

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/auth"
	"tpops/pkg/password"
)

// proxyColumns are the numbers of the columns of a result, for mailboxes on other
// servers.
type proxyColumns struct {
	login, password, popServer int
	settings                   settingColumns
}

// findProxyColumns finds the columns by their names. The login may also be the first
// column, as in 0.8. The others may be missing.
func findProxyColumns(names []string) (proxyColumns, error) {
	c := proxyColumns{
		login:     column(names, 0, "login"),
		password:  column(names, 0, "passwd", "password"),
		popServer: column(names, 0, "pop-server", "pop_server"),
	}
	c.settings = findSettings(names, 0)
	if c.login == none {
		c.login = 0
	}
	if slices.Contains(append([]int{c.login, c.password, c.popServer}, c.settings[:]...), twice) {
		return c, fmt.Errorf("the query returns two columns with the same name: %s", strings.Join(names, ", "))
	}
	return c, nil
}

// row reads one row of a result.
func (c proxyColumns) row(values []sql.NullString, parse func(string) (password.Stored, error)) *auth.Row {
	text := texts(values)
	row := auth.NewRow(text(c.login))
	row.Account.PopServer = strings.TrimSpace(text(c.popServer))
	row.Refused = row.Apply(c.settings.values(text))
	if err := checkRow(row.Account.Name, values); err != nil {
		row.Refused = err
	}
	stored, _ := parse(text(c.password)) // A password that cannot be read does not disable the account.
	row.CloseIfLocked(stored)
	return row
}
