package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	gomysql "github.com/go-sql-driver/mysql"
)

// notServing are the errors of servers that accept connections but no query for now:
// a node of a Galera cluster without a quorum or without its data yet, a server that shuts
// down, and one in offline mode.
var notServing = []uint16{1047, 1053, 3032}

// notServingError is the error of such a server, and of one that gives no answer. The pool
// takes it for a bad connection and asks again on another one, which the connector opens to
// the next server. All statements only read.
type notServingError struct {
	server string
	err    error
}

// Error returns the server's error.
func (e *notServingError) Error() string { return fmt.Sprintf("%s: %v", e.server, e.err) }

// Unwrap returns the server's error.
func (e *notServingError) Unwrap() error { return e.err }

// Is makes the pool close the connection.
func (e *notServingError) Is(target error) bool { return target == driver.ErrBadConn }

// node is one server of a connector.
type node struct {
	driver.Connector
	address address
	left    atomic.Int64 // how often it was left because it answers no query
}

// driverConn is what the driver's connections implement and the pool uses.
type driverConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.NamedValueChecker
	driver.SessionResetter
	driver.Validator
}

// serverConn is a connection that knows its server.
type serverConn struct {
	driverConn
	connector *connector
	server    int   // its index
	left      int64 // node.left when the connection was opened
}

// PrepareContext implements driver.ConnPrepareContext.
func (c *serverConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	statement, err := c.driverConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, c.serves(ctx, err)
	}
	known, ok := statement.(driverStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%T cannot be used as a statement", statement), statement.Close())
	}
	return &serverStmt{driverStmt: known, conn: c}, nil
}

// QueryContext implements driver.QueryerContext.
func (c *serverConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.driverConn.QueryContext(ctx, query, args)
	return rows, c.serves(ctx, err)
}

// ResetSession implements driver.SessionResetter. A connection to a server that was left
// is not used again.
func (c *serverConn) ResetSession(ctx context.Context) error {
	if c.connector.nodes[c.server].left.Load() != c.left {
		return driver.ErrBadConn
	}
	return c.driverConn.ResetSession(ctx)
}

// serves returns err, and leaves the server if err means that it answers no query. A
// connection that was closed while it was idle (driver.ErrBadConn) means nothing.
func (c *serverConn) serves(ctx context.Context, err error) error {
	var refused *gomysql.MySQLError
	switch {
	case errors.As(err, &refused) && slices.Contains(notServing, refused.Number):
	case errors.Is(err, gomysql.ErrInvalidConn) && ctx.Err() == nil && len(c.connector.nodes) > 1:
		err = errNoAnswer
	default:
		return err
	}
	err = &notServingError{c.connector.nodes[c.server].address.address, err}
	c.connector.leave(c, err)
	return err
}

// driverStmt is what the driver's statements implement and the pool uses.
type driverStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
	driver.NamedValueChecker
}

// serverStmt is a statement of a serverConn.
type serverStmt struct {
	driverStmt
	conn *serverConn
}

// QueryContext implements driver.StmtQueryContext.
func (s *serverStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.driverStmt.QueryContext(ctx, args)
	return rows, s.conn.serves(ctx, err)
}

// leave makes new connections begin with the server after that of c, which answers no
// query. The connections to it that wait in the pool are closed when they are taken.
func (c *connector) leave(conn *serverConn, reason error) {
	// Other connections to it may report the same at the same time.
	if !c.nodes[conn.server].left.CompareAndSwap(conn.left, conn.left+1) {
		return
	}
	next := (conn.server + 1) % len(c.nodes)
	if c.last.CompareAndSwap(int64(conn.server), int64(next)) && next != conn.server {
		c.log.Warn("database server changed", "server", c.nodes[next].address.address, "reason", reason.Error())
	}
}
