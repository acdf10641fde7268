package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	gomysql "github.com/go-sql-driver/mysql"
)

// errNoAnswer is the error of a server that hangs up or is silent.
var errNoAnswer = errors.New("no answer from the database server")

// connectError is the error when no server could be connected to. It holds only
// texts: the pool would take a "bad connection" among errors for a reason to
// begin again, with all servers and all time-outs.
type connectError struct {
	reasons []string // why, for each server
	refused bool     // a server answered, and refused
}

func (e *connectError) add(server string, err error) {
	var told *gomysql.MySQLError
	e.refused = e.refused || errors.As(err, &told)
	e.reasons = append(e.reasons, fmt.Sprintf("%s: %v", server, reason(err)))
}

// Error returns the reasons of all servers.
func (e *connectError) Error() string { return "connect to " + strings.Join(e.reasons, "; ") }

// remedies says for the numbers of errors what the operator can change.
var remedies = map[uint16]string{
	1040: "raise max_connections of the database server",
	1044: "check mysql-db, or grant SELECT on it to mysql-user",
	1045: "check mysql-user and mysql-passwd",
	1046: "set mysql-db",
	1049: "check mysql-db",
	1054: "check the columns in mysql-auth-query",
	1064: "check mysql-auth-query",
	1129: "run FLUSH HOSTS on the database server",
	1130: "allow this host to connect as mysql-user",
	1142: "grant SELECT on the table to mysql-user",
	1143: "grant SELECT on the columns to mysql-user",
	1146: "check the table in mysql-auth-query, or create it",
	1203: "raise max_user_connections of mysql-user",
	1226: "raise the limits of mysql-user on the database server",
	1698: "check mysql-user and mysql-passwd",
}

// reason replaces what the driver says when a server hangs up on it or is
// silent during the greeting, and adds to what a server says what to change.
func reason(err error) error {
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, gomysql.ErrInvalidConn) {
		return errNoAnswer
	}
	var told *gomysql.MySQLError
	if errors.As(err, &told) && remedies[told.Number] != "" {
		return fmt.Errorf("%w: %s", err, remedies[told.Number])
	}
	return err
}

// Unreachable reports whether an error of a Database means that no server answers,
// rather than that a server refuses the connection or the query.
func Unreachable(err error) bool {
	var failed *connectError
	if errors.As(err, &failed) {
		return !failed.refused
	}
	return errors.Is(err, errNoAnswer) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
