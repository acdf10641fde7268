package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"tpops/pkg/auth"

	gomysql "github.com/go-sql-driver/mysql"
)

// lookup asks the database for login. It returns nil if there is no such user. An error
// means that the database could not be asked.
func (m *Database) lookup(ctx context.Context, login string) (*auth.Row, error) {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	row, err := m.ask(ctx, login)
	if isCharsetError(err) && m.check(ctx) == nil {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("mysql: look up a user: %w", reason(err))
	}
	return row, nil
}

// check asks for a user that cannot exist. It fails if the query fails.
func (m *Database) check(ctx context.Context) error {
	if _, err := m.ask(ctx, ""); !errors.Is(err, auth.ErrSeveralRows) {
		return err
	}
	return nil
}

// charsetErrors are the errors of servers for a value with letters that are not in the
// character set of the column. Servers return the same numbers for columns with
// different collations, but then for every login.
var charsetErrors = []uint16{1267, 1270, 1271, 3988}

// isCharsetError reports whether err may mean that no user can have the name.
func isCharsetError(err error) bool {
	var mysqlErr *gomysql.MySQLError
	return errors.As(err, &mysqlErr) && slices.Contains(charsetErrors, mysqlErr.Number)
}

func (m *Database) ask(ctx context.Context, login string) (*auth.Row, error) {
	statement, err := m.prepared(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := statement.QueryContext(ctx, m.query.bind(login)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	read, err := m.reader(names)
	if err != nil {
		return nil, err
	}
	if !rows.Next() {
		return nil, rows.Err()
	}
	values := make([]sql.NullString, len(names))
	targets := make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, err
	}
	if rows.Next() {
		return nil, auth.ErrSeveralRows
	}
	return read(values), rows.Err()
}

// reader returns the function that reads a row with columns of these names.
func (m *Database) reader(names []string) (func([]sql.NullString) *auth.Row, error) {
	if m.forProxy {
		columns, err := findProxyColumns(names)
		return func(values []sql.NullString) *auth.Row { return columns.row(values, m.parse) }, err
	}
	columns, err := findColumns(names)
	return func(values []sql.NullString) *auth.Row { return columns.row(values, m.parse) }, err
}

// prepared returns the statement, which the pool prepares again on each new
// connection. The first login prepares it, because the database may start later than
// this process.
func (m *Database) prepared(ctx context.Context) (*sql.Stmt, error) {
	if statement := m.statement.Load(); statement != nil {
		return statement, nil
	}
	statement, err := m.db.PrepareContext(ctx, m.query.sql)
	if err != nil {
		return nil, err
	}
	if m.statement.CompareAndSwap(nil, statement) {
		return statement, nil
	}
	return m.statement.Load(), statement.Close() // another login was first
}
