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

// setPasswd makes the system's users those of b.
func (p *program) setPasswd(b *pop3.Backend, c *config.Config) error {
	users := auth.NewPasswd(auth.PasswdConfig{
		Passwd: "/etc/passwd", Shadow: "/etc/shadow", Group: "/etc/group",
		Maildir: c.Maildir, Verifier: p.verifier, Now: time.Now,
	})
	if err := users.Check(); err != nil {
		return fmt.Errorf("auth-type = passwd: %w", err)
	}
	b.Authenticator = users
	if c.APOPPasswdFile == "" {
		return p.setMechanisms(b, c, users, nil)
	}
	secrets := auth.NewPasswdAPOP(users, c.APOPPasswdFile)
	if err := secrets.Check(); err != nil {
		return fmt.Errorf("apop-passwd-file: %w", err)
	}
	b.Digest = secrets
	return p.setMechanisms(b, c, users, secrets)
}

// setPasswdFile makes the rows of passwd-file the users of b. APOP is offered
// if it can work for any of them.
func (p *program) setPasswdFile(b *pop3.Backend, c *config.Config) error {
	users, err := auth.OpenPasswdFile(context.Background(), auth.PasswdFileOptions{
		Path: c.PasswdFile, Maildir: c.Maildir, Verifier: p.verifier, Log: p.logger,
	})
	if err != nil {
		return err
	}
	b.Authenticator = users
	if users.CanDigest() {
		b.Digest = users
	}
	return p.setMechanisms(b, c, users, users)
}

// setMySQL makes the rows of a MySQL table the users of b. APOP is offered if
// passwords are stored in clear.
func (p *program) setMySQL(b *pop3.Backend, c *config.Config) error {
	users, err := auth.NewMySQL(auth.MySQLOptions{
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
	go p.pingDatabase(users)
	b.Authenticator = users
	if users.CanDigest() {
		b.Digest = users
	}
	b.Release = func() {
		if err := users.Close(); err != nil {
			p.logger.Warn("close database", slog.Any("error", err))
		}
	}
	if err := p.setMechanisms(b, c, users, users); err != nil {
		b.Release()
		return err
	}
	return nil
}
