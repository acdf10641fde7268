package userdb

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"tpops/pkg/auth/dovecot"
	"tpops/pkg/auth/system"
	"tpops/pkg/config"
)

// openDovecot opens the users of a running Dovecot.
func (d *Databases) openDovecot(c *config.Config, env *Environment) error {
	if c.Mailbox.Type == "proxy" {
		return c.Problem("auth-type", errors.New("dovecot cannot be used with mailbox-type = proxy"))
	}
	users := dovecot.New(dovecot.Options{
		AuthSocket: c.Dovecot.AuthSocket, UserdbSocket: c.Dovecot.UserdbSocket, Timeout: c.Dovecot.Timeout,
		Maildir: c.Mailbox.Maildir, Groups: system.NewGroups(groupFile, time.Now).Of,
	})
	if env.Background != nil {
		env.Background(func() {
			if err := users.Ping(context.Background()); err != nil {
				env.Log.Warn("database unreachable", slog.Any("error", err))
			}
		})
	}
	d.All = append(d.All, users)
	d.Dovecot = users
	d.closers = append(d.closers, users.Close)
	return nil
}

// Sockets returns the Unix sockets of the user databases of a configuration. For
// Dovecot, which makes its sockets anew at each start, these are their directories.
func Sockets(c *config.Config) []string {
	var all []string
	if slices.Contains(c.Users.AuthType, "mysql") {
		all = append(all, mysqlSockets(c)...)
	}
	if slices.Contains(c.Users.AuthType, "dovecot") {
		all = append(all, filepath.Dir(c.Dovecot.AuthSocket), filepath.Dir(c.Dovecot.UserdbSocket))
	}
	return all
}
