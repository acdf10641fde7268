package userdb

import (
	"context"
	"log/slog"
	"strings"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/config"
)

// openMySQL opens the rows of a MySQL table.
func (d *Databases) openMySQL(c *config.Config, env *Environment) error {
	table, err := mysql.New(mysql.Options{
		ForProxy: c.Mailbox.Type == "proxy",

		Servers:   mysqlServers(c),
		User:      c.MySQL.User,
		Password:  string(c.MySQL.Passwd),
		Database:  c.MySQL.DB,
		Query:     c.MySQL.AuthQuery,
		ListQuery: c.MySQL.ListQuery,
		Crypt:     c.MySQL.CryptPasswd,
		Timeout:   c.MySQL.Timeout,
		MaxConns:  c.MySQL.Connections,
		TLS:       c.MySQL.TLS,
		CAFile:    c.MySQL.TLSCA,
		Verifier:  env.Verifier,
		Log:       env.Log,
	})
	if err != nil {
		return err
	}
	if env.Background != nil {
		env.Background(func() { ping(table, env.Log) })
	}
	d.All = append(d.All, table)
	d.closers = append(d.closers, table.Close)
	return nil
}

func mysqlServers(c *config.Config) string { return strings.Join(c.MySQL.Server, ",") }

// mysqlSockets returns the paths of the sockets of MySQL servers that the parameters name.
func mysqlSockets(c *config.Config) []string { return mysql.Sockets(mysqlServers(c)) }

// ping logs at startup if the database does not answer or rejects the query. Logins
// get a temporary error until it works.
func ping(table *mysql.Database, log *slog.Logger) {
	err := table.Ping(context.Background())
	switch {
	case err == nil:
	case mysql.Unreachable(err):
		log.Warn("database unreachable", slog.Any("error", err))
	default:
		log.Warn("database unusable", slog.Any("error", err))
	}
}
