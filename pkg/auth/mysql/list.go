package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"tpops/pkg/auth"
)

// listDefault is the query for all users of defaultQuery.
const listDefault = "select login from user"

// maxListed is the highest number of rows that a list of users may have.
const maxListed = 5_000_000

// errNoListQuery means that no query for all users is known.
var errNoListQuery = fmt.Errorf("%w: set mysql-list-query, because mysql-auth-query is not the default", auth.ErrNoList)

// parseListQuery returns the SQL that lists all users, "" if it is not known.
func parseListQuery(template, authQuery string) (string, error) {
	if template == "" {
		if authQuery == defaultQuery {
			return listDefault, nil
		}
		return "", nil
	}
	q, err := parseQuery(template)
	if err != nil {
		return "", fmt.Errorf("mysql-list-query: %w", err)
	}
	if len(q.values) > 0 {
		return "", errors.New("mysql-list-query: %s, %u and %d are not allowed: it lists all users")
	}
	return q.sql, nil
}

// Logins returns the login names of all users, in the order of the database. A row that
// has no usable login name is left out, and skip is called with the reason. The error is
// that the database cannot be asked, or that no query is known.
func (m *Database) Logins(ctx context.Context, skip func(reason error)) ([]string, error) {
	if m.listQuery == "" {
		return nil, errNoListQuery
	}
	conn, err := m.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("mysql: list the users: %w", reason(err))
	}
	defer conn.Close()
	logins, err := listOn(ctx, conn, m.listQuery, skip)
	// The limit of rows of this connection is not that of logins: do not keep it.
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	if err != nil {
		return nil, fmt.Errorf("mysql: list the users (mysql-list-query): %w", reason(err))
	}
	return logins, nil
}

func listOn(ctx context.Context, conn *sql.Conn, query string, skip func(reason error)) ([]string, error) {
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("set sql_select_limit=%d", maxListed+1)); err != nil {
		return nil, err
	}
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	read, err := findListColumns(names)
	if err != nil {
		return nil, err
	}
	l := &list{columns: read, values: make([]sql.RawBytes, len(names)), seen: map[string]struct{}{}, skip: skip}
	for rows.Next() {
		if err := l.add(rows); err != nil {
			return nil, err
		}
	}
	return l.logins, rows.Err()
}

// listColumns are the numbers of the columns of a list of users; domain may be none.
type listColumns struct{ login, domain int }

// findListColumns finds the columns by their names, which are those of Dovecot too. The
// login name may also be the first column.
func findListColumns(names []string) (listColumns, error) {
	c := listColumns{login: column(names, 0, "login", "user", "username"), domain: column(names, 0, "domain")}
	if c.login == twice || c.domain == twice {
		return c, errors.New("the query returns two columns for the login name")
	}
	if c.login == none {
		c.login = 0
	}
	if c.domain == c.login {
		c.domain = none
	}
	return c, nil
}

// list collects login names. It holds one row at a time.
type list struct {
	columns listColumns
	values  []sql.RawBytes
	seen    map[string]struct{}
	logins  []string
	number  int // of the row, from 1
	skip    func(reason error)
}

// add reads one row.
func (l *list) add(rows *sql.Rows) error {
	if l.number++; l.number > maxListed {
		return fmt.Errorf("there are more than %d rows", maxListed)
	}
	targets := make([]any, len(l.values))
	for i := range l.values {
		targets[i] = &l.values[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return err
	}
	if err := l.take(); err != nil {
		l.skip(fmt.Errorf("mysql-list-query, row %d: %w", l.number, err))
	}
	return nil
}

// take adds the login name of the row that was read, or returns why not.
func (l *list) take() error {
	name, domain := l.values[l.columns.login], sql.RawBytes(nil)
	if l.columns.domain != none {
		domain = l.values[l.columns.domain]
	}
	if name == nil {
		return errors.New("the login name is NULL")
	}
	if len(name)+len(domain) > auth.MaxLogin {
		return fmt.Errorf("the login name is longer than %d octets", auth.MaxLogin)
	}
	login := string(name)
	if len(domain) > 0 {
		login += "@" + string(domain)
	}
	if !possible(login) {
		return fmt.Errorf("%.80q is no usable login name", login)
	}
	if _, found := l.seen[login]; found {
		return fmt.Errorf("%.80q is in an earlier row too", login)
	}
	l.seen[login] = struct{}{}
	l.logins = append(l.logins, login)
	return nil
}
