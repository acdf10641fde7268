// Package userdb opens the user databases that auth-type names.
package userdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/auth/passwdfile"
	"tpops/pkg/auth/system"
	"tpops/pkg/config"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

// ShadowFile is where the system keeps its users' passwords.
const ShadowFile = "/etc/shadow"

// Environment is what the databases need from the process.
type Environment struct {
	Verifier *password.Verifier
	PAM      *PAM // the helper process for auth-type pam
	Log      *slog.Logger
	Users    Shared
	// Background runs a function that tests whether a database answers, and logs it
	// if not. A nil Background means that nothing is tested.
	Background func(func())
}

// Shared are files with the rows of passwd-file, for processes that share them; see
// passwdfile.Options.
type Shared struct{ Rows, Before *os.File }

// Databases are the user databases of a configuration.
type Databases struct {
	All      []auth.Database      // to be asked in turn
	Problems []passwdfile.Problem // lines of passwd-file that are ignored

	names   []string // of auth-type, one for each of All
	closers []func() error
	log     *slog.Logger
}

// A Locator is a user database that finds users without comparing passwords. The
// account is nil if there is no such user. Errors are those of
// pop3.Authenticator.
type Locator interface {
	Locate(ctx context.Context, login string) (*pop3.Account, error)
}

// opener opens the database of a value of auth-type.
type opener func(d *Databases, c *config.Config, env *Environment) error

func openerOf(authType string) opener {
	switch authType {
	case "passwd":
		return (*Databases).openPasswd
	case "passwd-file":
		return (*Databases).openPasswdFile
	case "mysql":
		return (*Databases).openMySQL
	case "pam":
		return (*Databases).openPAM
	}
	return func(*Databases, *config.Config, *Environment) error { return fmt.Errorf("auth-type = %s", authType) }
}

// Open opens the databases of a configuration. The error has each database that
// cannot be used, with its file or parameter. The caller closes them.
func Open(c *config.Config, env *Environment) (*Databases, error) {
	return open(c, c.Users.AuthType, env)
}

// OpenLocators opens the databases that may contain the server of a user, for a proxy.
// It is otherwise like Open.
func OpenLocators(c *config.Config, env *Environment) (*Databases, error) {
	return open(c, slices.DeleteFunc(slices.Clone(c.Users.AuthType), hasSystemUsers), env)
}

func open(c *config.Config, authTypes []string, env *Environment) (*Databases, error) {
	d := &Databases{log: env.Log}
	var problems []error
	for _, authType := range authTypes {
		if err := openerOf(authType)(d, c, env); err != nil {
			problems = append(problems, err)
		}
		d.names = append(d.names, authType)
	}
	if err := errors.Join(problems...); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Locators returns the databases that find users without their passwords.
func (d *Databases) Locators() []Locator {
	var all []Locator
	for _, database := range d.All {
		if l, ok := database.(Locator); ok {
			all = append(all, l)
		}
	}
	return all
}

// Close closes connections to databases; sessions that use them get errors. It does
// nothing on a nil Databases.
func (d *Databases) Close() {
	if d == nil {
		return
	}
	for _, closeOne := range d.closers {
		if err := closeOne(); err != nil {
			d.log.Warn("database connection not closed", slog.Any("error", err))
		}
	}
}

// hasSystemUsers reports whether the users of that kind are users of the system. Such
// a user owns its mailbox, and has no POP3 server of its own.
func hasSystemUsers(authType string) bool { return authType == "passwd" || authType == "pam" }

// HasVirtualUsers reports whether a database of the configuration may contain users
// who are not users of the system. Their mailboxes need not have an owner of their
// own, and their rows may contain settings.
func HasVirtualUsers(c *config.Config) bool {
	return slices.ContainsFunc(c.Users.AuthType, func(authType string) bool { return !hasSystemUsers(authType) })
}

// openPasswd opens the users of the system.
func (d *Databases) openPasswd(c *config.Config, env *Environment) error {
	users := system.NewPasswd(system.PasswdConfig{
		Passwd: "/etc/passwd", Shadow: ShadowFile, Group: "/etc/group",
		Maildir: c.Mailbox.Maildir, Verifier: env.Verifier, Now: time.Now,
	})
	err := users.Check()
	if err != nil {
		err = fmt.Errorf("auth-type = passwd: %w", err)
	}
	if c.Users.APOPPasswdFile == "" {
		d.All = append(d.All, users)
		return err
	}
	secrets := system.NewPasswdAPOP(users, c.Users.APOPPasswdFile)
	d.All = append(d.All, secrets)
	return errors.Join(err, secrets.Check())
}

// openPasswdFile opens the rows of passwd-file.
func (d *Databases) openPasswdFile(c *config.Config, env *Environment) error {
	file, err := passwdfile.Open(context.Background(), passwdfile.Options{
		Path: c.Users.PasswdFile, Maildir: c.Mailbox.Maildir, Verifier: env.Verifier, Log: env.Log,
		ForProxy: c.Mailbox.Type == "proxy", Shared: env.Users.Rows, Before: env.Users.Before,
	})
	if err != nil {
		return err
	}
	d.All = append(d.All, file)
	d.closers = append(d.closers, file.Close)
	d.Problems = append(d.Problems, file.Problems()...)
	return nil
}
