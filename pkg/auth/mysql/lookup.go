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

// errSeveral means that a query does not tell one user from another. Who is
// meant must not be left to the order in which a database returns rows.
var errSeveral = errors.New("the query returns more than one row")

// lookup asks the database for login and returns nil if there is no such user.
// An error says nothing about login.
func (m *Database) lookup(ctx context.Context, login string) (*auth.Row, error) {
	ctx, cancel := context.WithTimeout(ctx, m.patience)
	defer cancel()
	row, err := m.ask(ctx, login)
	if isForeign(err) && m.check(ctx) == nil {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("mysql: look up a user: %w", reason(err))
	}
	return row, nil
}

// check asks for a user that cannot exist. It fails if the database cannot do
// the query at all.
func (m *Database) check(ctx context.Context) error {
	if _, err := m.ask(ctx, ""); !errors.Is(err, errSeveral) {
		return err
	}
	return nil
}

// foreignErrors are what servers say when a value has letters that the
// character set of the column lacks. Columns that do not go together are told
// by the same numbers; those fail with any login.
var foreignErrors = []uint16{1267, 1270, 1271, 3988}

// isForeign reports whether err may mean that no user can have the name.
func isForeign(err error) bool {
	var told *gomysql.MySQLError
	return errors.As(err, &told) && slices.Contains(foreignErrors, told.Number)
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
	places := make([]any, len(names))
	for i := range values {
		places[i] = &values[i]
	}
	if err := rows.Scan(places...); err != nil {
		return nil, err
	}
	if rows.Next() {
		return nil, errSeveral
	}
	return read(values), rows.Err()
}

// reader returns what reads a row of columns with these names.
func (m *Database) reader(names []string) (func([]sql.NullString) *auth.Row, error) {
	if m.forProxy {
		columns, err := findProxyColumns(names)
		return func(values []sql.NullString) *auth.Row { return columns.row(values, m.parse) }, err
	}
	columns, err := findColumns(names)
	return func(values []sql.NullString) *auth.Row { return columns.row(values, m.parse) }, err
}

// prepared returns the statement, which the pool prepares again by itself on
// each new connection. The first login prepares it: the database may come up
// after this process.
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
