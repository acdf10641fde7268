package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/config"
	"tpops/pkg/pop3"
)

// shadowFile is where the system keeps its users' passwords.
const shadowFile = "/etc/shadow"

// setPasswd makes the system's users those of b.
func (p *program) setPasswd(b *pop3.Backend, c *config.Config) error {
	users := auth.NewPasswd(auth.PasswdConfig{
		Passwd: "/etc/passwd", Shadow: shadowFile, Group: "/etc/group",
		Maildir: c.Maildir, Verifier: p.verifier, Now: time.Now,
	})
	if err := users.Check(); err != nil {
		return fmt.Errorf("auth-type = passwd: %w", err)
	}
	b.Authenticator = users
	if c.APOPPasswdFile == "" {
		return nil
	}
	secrets := auth.NewPasswdAPOP(users, c.APOPPasswdFile)
	if err := secrets.Check(); err != nil {
		return fmt.Errorf("apop-passwd-file: %w", err)
	}
	b.Digest = secrets
	return nil
}

// setPasswdFile makes the rows of passwd-file the users of b. APOP is offered
// if it can work for any of them.
func (p *program) setPasswdFile(b *pop3.Backend, c *config.Config) error {
	users, err := auth.OpenPasswdFile(context.Background(), auth.PasswdFileOptions{
		Path: c.PasswdFile, Maildir: c.Maildir, Verifier: p.verifier, Log: p.logger,
		Elsewhere: c.MailboxType == "proxy",
	})
	if err != nil {
		return err
	}
	b.Authenticator = users
	if users.CanDigest() {
		b.Digest = users
	}
	return nil
}

// setMySQL makes the rows of a MySQL table the users of b. APOP is offered if
// passwords are stored in clear.
func (p *program) setMySQL(b *pop3.Backend, c *config.Config) error {
	users, err := auth.NewMySQL(auth.MySQLOptions{
		Elsewhere: c.MailboxType == "proxy",

		Servers:  strings.Join(c.MySQLServer, ","),
		User:     c.MySQLUser,
		Password: string(c.MySQLPasswd),
		Database: c.MySQLDB,
		Query:    c.MySQLAuthQuery,
		Crypt:    c.MySQLCryptPasswd,
		Timeout:  c.MySQLTimeout,
		MaxConns: c.MySQLConnections,
		TLS:      c.MySQLTLS,
		CAFile:   c.MySQLTLSCA,
		Verifier: p.verifier,
		Log:      p.logger,
	})
	if err != nil {
		return err
	}
	p.ping(users)
	b.Authenticator = users
	if users.CanDigest() {
		b.Digest = users
	}
	b.Release = func() {
		if err := users.Close(); err != nil {
			p.logger.Warn("close database", slog.Any("error", err))
		}
	}
	return nil
}
