package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	gomysql "github.com/go-sql-driver/mysql"
)

// errNoAnswer replaces the error for a server that closes the connection or does not
// reply.
var errNoAnswer = errors.New("no answer from the database server")

// connectError means that all servers have failed. It contains only texts: if it
// wrapped the driver's "bad connection", the pool would retry with all servers and all
// time-outs.
type connectError struct {
	reasons []string // one for each server
	refused bool     // a server was reachable and refused the connection
	denied  bool     // a server did not accept user and password
}

func (e *connectError) add(server string, err error) {
	var mysqlErr *gomysql.MySQLError
	if errors.As(err, &mysqlErr) {
		e.refused = true
		e.denied = e.denied || slices.Contains(deniedErrors, mysqlErr.Number)
	}
	e.reasons = append(e.reasons, fmt.Sprintf("%s: %v", server, reason(err)))
}

// Error returns the reasons of all servers.
func (e *connectError) Error() string { return "connect to " + strings.Join(e.reasons, "; ") }

// remedies are what the operator can do, by the number of the error.
var remedies = map[uint16]string{
	1040: "raise max_connections of the database server",
	1044: "check mysql-db, or grant SELECT on it to mysql-user",
	1045: "check mysql-user and mysql-passwd",
	1046: "set mysql-db",
	1047: "check wsrep_cluster_status and wsrep_local_state_comment of this node of the cluster",
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

// deniedErrors are the errors of servers for a wrong user or password.
var deniedErrors = []uint16{1045, 1698}

// Denied reports whether an error of a Database means that a server did not accept
// mysql-user and mysql-passwd.
func Denied(err error) bool {
	var failed *connectError
	return errors.As(err, &failed) && failed.denied
}

// reason replaces the driver's error for a server that closes the connection or does
// not greet. To the error of a server it adds what the operator can do.
func reason(err error) error {
	var mysqlErr *gomysql.MySQLError
	if !errors.As(err, &mysqlErr) && (errors.Is(err, driver.ErrBadConn) || errors.Is(err, gomysql.ErrInvalidConn)) {
		return errNoAnswer
	}
	if errors.As(err, &mysqlErr) && remedies[mysqlErr.Number] != "" {
		return fmt.Errorf("%w: %s", err, remedies[mysqlErr.Number])
	}
	return err
}

// Unreachable reports whether an error of a Database means that no server is
// reachable. Otherwise a server has refused the connection or the query.
func Unreachable(err error) bool {
	var failed *connectError
	if errors.As(err, &failed) {
		return !failed.refused
	}
	return errors.Is(err, errNoAnswer) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
