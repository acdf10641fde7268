package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/auth/mysql"
	"tpops/pkg/auth/passwdfile"
	"tpops/pkg/auth/system"
	"tpops/pkg/config"
	"tpops/pkg/pop3"
)

// shadowFile is where the system keeps its users' passwords.
const shadowFile = "/etc/shadow"

// users are the user databases of a configuration.
type users struct {
	databases []auth.Database // to be asked in turn
	problems  []passwdfile.Problem
	closers   []func() error
}

// userOpeners open a user database each, by their names in auth-type.
var userOpeners = map[string]func(p *program, u *users, c *config.Config) error{
	"passwd":      (*program).openPasswd,
	"passwd-file": (*program).openPasswdFile,
	"mysql":       (*program).openMySQL,
	"pam":         (*program).openPAM,
}

// openUsers opens the user databases that auth-type names.
func (p *program) openUsers(c *config.Config) (*users, error) {
	return p.openDatabases(c, c.Users.AuthType)
}

// openLocators opens the databases that may contain the server of a user.
func (p *program) openLocators(c *config.Config) (*users, error) {
	return p.openDatabases(c, slices.DeleteFunc(slices.Clone(c.Users.AuthType), func(name string) bool {
		return !hasNoOwners(name) // The system's users have no server of their own.
	}))
}

// locators returns the databases that find users without their passwords.
func (u *users) locators() []locator {
	var all []locator
	for _, d := range u.databases {
		if l, ok := d.(locator); ok {
			all = append(all, l)
		}
	}
	return all
}

func (p *program) openDatabases(c *config.Config, names []string) (*users, error) {
	u := &users{}
	for _, name := range names {
		if err := userOpeners[name](p, u, c); err != nil {
			u.close(p.logger)
			return nil, err
		}
	}
	return u, nil
}

// serveUsers gives b the users. APOP and the mechanisms of SASL go past the cache
// where they send no password: each answer is to another challenge.
func (p *program) serveUsers(u *users, b *pop3.Backend, c *config.Config) error {
	all := auth.NewSequence(p.verifier, u.databases...)
	b.Authenticator = all
	if c.Users.Cache > 0 {
		b.Authenticator = auth.NewCache(auth.CacheOptions{
			Users: all, Time: c.Users.Cache, Stale: c.Users.CacheStale, Size: c.Users.CacheSize, Log: p.logger,
		})
	}
	b.Digest = all
	b.ForDigest = func() bool { return all.SecretReach() >= leastForAPOP(c) }
	b.PerUser = slices.ContainsFunc(c.Users.AuthType, hasNoOwners) // Their rows may say more.
	if err := p.setMechanisms(b, c, all); err != nil {
		return err
	}
	p.release(u, b)
	return nil
}

// leastForAPOP returns for how many users APOP must work to be offered. Most
// clients that see it in the greeting use it and try nothing else, so that others
// could not log in. apop-passwd-file is set for APOP, as in 0.8.
func leastForAPOP(c *config.Config) auth.Reach {
	if c.Users.APOPPasswdFile != "" {
		return auth.ForSome
	}
	return auth.ForAll
}

// release has b give the users back at its end.
func (p *program) release(u *users, b *pop3.Backend) {
	b.Release = func() { u.close(p.logger) }
	p.problems = u.problems
}

func (u *users) close(log *slog.Logger) {
	for _, closeOne := range u.closers {
		if err := closeOne(); err != nil {
			log.Warn("database connection not closed", slog.Any("error", err))
		}
	}
}

// openPasswd opens the system's users.
func (p *program) openPasswd(u *users, c *config.Config) error {
	users := system.NewPasswd(system.PasswdConfig{
		Passwd: "/etc/passwd", Shadow: shadowFile, Group: "/etc/group",
		Maildir: c.Mailbox.Maildir, Verifier: p.verifier, Now: time.Now,
	})
	if err := users.Check(); err != nil {
		return fmt.Errorf("auth-type = passwd: %w", err)
	}
	if c.Users.APOPPasswdFile == "" {
		u.databases = append(u.databases, users)
		return nil
	}
	secrets := system.NewPasswdAPOP(users, c.Users.APOPPasswdFile)
	if err := secrets.Check(); err != nil {
		return err
	}
	u.databases = append(u.databases, secrets)
	return nil
}

// openPasswdFile opens the rows of passwd-file.
func (p *program) openPasswdFile(u *users, c *config.Config) error {
	file, err := passwdfile.Open(context.Background(), passwdfile.Options{
		Path: c.Users.PasswdFile, Maildir: c.Mailbox.Maildir, Verifier: p.verifier, Log: p.logger,
		ForProxy: c.Mailbox.Type == "proxy",
	})
	if err != nil {
		return err
	}
	u.databases = append(u.databases, file)
	u.problems = append(u.problems, file.Problems()...)
	return nil
}

// openMySQL opens the rows of a MySQL table.
func (p *program) openMySQL(u *users, c *config.Config) error {
	table, err := mysql.New(mysql.Options{
		ForProxy: c.Mailbox.Type == "proxy",

		Servers:  strings.Join(c.MySQL.Server, ","),
		User:     c.MySQL.User,
		Password: string(c.MySQL.Passwd),
		Database: c.MySQL.DB,
		Query:    c.MySQL.AuthQuery,
		Crypt:    c.MySQL.CryptPasswd,
		Timeout:  c.MySQL.Timeout,
		MaxConns: c.MySQL.Connections,
		TLS:      c.MySQL.TLS,
		CAFile:   c.MySQL.TLSCA,
		Verifier: p.verifier,
		Log:      p.logger,
	})
	if err != nil {
		return err
	}
	p.ping(table)
	u.databases = append(u.databases, table)
	u.closers = append(u.closers, table.Close)
	return nil
}
