package mysql

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"tpops/pkg/certs"

	gomysql "github.com/go-sql-driver/mysql"
)

// connector opens connections for a sql.DB to the first server that is reachable. It
// begins with the server that it connected to last, or with the next one if that answers
// no query, so that an unreachable server costs its time-out once and not for each
// connection.
type connector struct {
	nodes   []*node
	timeout time.Duration // for one server
	last    atomic.Int64  // index of the server to begin with
	log     *slog.Logger
}

// newConnector returns a connector. It does not connect yet.
func newConnector(o Options) (*connector, error) {
	servers, err := parseServers(o.Servers)
	if err != nil {
		return nil, fmt.Errorf("mysql-server: %w", err)
	}
	security, err := tlsConfig(o)
	if err != nil {
		return nil, err
	}
	c := &connector{timeout: o.Timeout, log: o.Log}
	for _, server := range servers {
		config := driverConfig(o, server, security)
		connector, err := gomysql.NewConnector(config)
		if err != nil {
			return nil, fmt.Errorf("mysql-server: %s: %w", server.address, err)
		}
		c.nodes = append(c.nodes, &node{Connector: connector, address: server})
	}
	return c, nil
}

// driverConfig returns the driver's configuration for one server. Options that it does
// not set are off: several statements at once, files of this machine, and passwords
// in the clear or in the form of MySQL 4.0.
func driverConfig(o Options, server address, security *tls.Config) *gomysql.Config {
	config := gomysql.NewConfig()
	config.Net, config.Addr = server.network, server.address
	config.User, config.Passwd, config.DBName = o.User, o.Password, o.Database
	config.Timeout, config.ReadTimeout, config.WriteTimeout = o.Timeout, o.Timeout, o.Timeout
	config.Logger = driverLog{o.Log}
	config.ConnectionAttributes = "program_name:tpops"
	config.Params = settings()
	// A Unix socket is on this machine and needs no TLS.
	if server.network == "tcp" {
		config.TLS = security.Clone()
	}
	return config
}

// settings returns what a new connection sets, in one statement: each statement waits for
// the server once more.
//
// Two rows are an error already. Without the limit, each login would read the whole table
// if the query has no "where". The character set is set here too, because a server may
// ignore that of the handshake.
func settings() map[string]string {
	return map[string]string{"sql_select_limit": "2, names utf8mb4"}
}

// tlsConfig returns the configuration for TLS, nil without TLS.
func tlsConfig(o Options) (*tls.Config, error) {
	switch {
	case !o.TLS && o.CAFile != "":
		return nil, errors.New("mysql: a CA file without TLS would have no effect")
	case !o.TLS:
		return nil, nil
	case o.CAFile == "":
		return &tls.Config{MinVersion: tls.VersionTLS12}, nil
	}
	roots, err := certs.Pool(o.CAFile)
	if err != nil {
		return nil, fmt.Errorf("mysql: CA file: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, nil
}

// Connect implements driver.Connector.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	first := int(c.last.Load())
	failed := &connectError{}
	for i := range c.nodes {
		n := (first + i) % len(c.nodes)
		conn, err := c.connect(ctx, n)
		if err == nil {
			c.connected(n, failed.reasons)
			return conn, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("connect to %s: %w", c.nodes[n].address.address, ctx.Err())
		}
		failed.add(c.nodes[n].address.address, err)
	}
	return nil, failed
}

func (c *connector) connect(ctx context.Context, n int) (driver.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	left := c.nodes[n].left.Load()
	conn, err := c.nodes[n].Connect(ctx)
	if err != nil {
		return nil, err
	}
	known, ok := conn.(driverConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%T cannot be used as a connection", conn), conn.Close())
	}
	return &serverConn{driverConn: known, connector: c, server: n, left: left}, nil
}

// connected records the server to begin with, and logs when it has changed.
func (c *connector) connected(n int, reasons []string) {
	if old := c.last.Swap(int64(n)); old != int64(n) {
		c.log.Warn("database server changed",
			"server", c.nodes[n].address.address, "reason", strings.Join(reasons, "; "))
	}
}

// Driver implements driver.Connector.
func (c *connector) Driver() driver.Driver { return &gomysql.MySQLDriver{} }

// driverLog logs at debug level what the driver would write to standard error. The
// driver also returns these messages as errors if they matter.
type driverLog struct{ log *slog.Logger }

// Print implements gomysql.Logger.
func (l driverLog) Print(v ...any) { l.log.Debug("MySQL driver message", "message", fmt.Sprint(v...)) }
