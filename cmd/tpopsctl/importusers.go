package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"tpops/pkg/auth"
	"tpops/pkg/backend/userdb"
	"tpops/pkg/config"
	"tpops/pkg/migrate"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/workers/rights"
)

// ofUsers returns the mailboxes of users of the configuration.
func (o *importOptions) ofUsers(ctx context.Context, s streams) ([]migrate.Job, []string, error) {
	c, err := loadConfig(ctx, o.config, s)
	if err != nil {
		return nil, nil, err
	}
	defer c.release(s)
	if !c.Mailbox.UIDLConvert {
		return nil, nil, &failure{code: exitData, err: errors.New("maildir-uidl-convert = no: the server would ignore tpops_uidl; remove that line")}
	}
	jobs, err := o.usersOf(ctx, c.Config, s)
	return jobs, c.Mailbox.Roots, err
}

// loadConfig reads the configuration of a server with Maildirs. An empty name is
// that of the server. The caller calls release, as for loadServer.
func loadConfig(ctx context.Context, name string, s streams) (*server, error) {
	c, err := loadServer(ctx, name)
	if err != nil {
		return nil, err
	}
	if c.Mailbox.Type != "maildir" {
		c.release(s)
		return nil, &failure{code: exitData, err: fmt.Errorf("mailbox-type = %s: there are no Maildirs", c.Mailbox.Type)}
	}
	return c, nil
}

// usersOf returns the mailboxes of users in the user databases.
func (o *importOptions) usersOf(ctx context.Context, c *config.Config, s streams) ([]migrate.Job, error) {
	helper := &userdb.PAM{}
	defer helper.Close()
	databases, err := userdb.Open(c, &userdb.Environment{Verifier: password.NewVerifier(), PAM: helper, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, &failure{code: exitData, err: err}
	}
	defer databases.Close()
	logins, err := o.listLogins(ctx, c, databases, s)
	if err != nil {
		return nil, err
	}
	return o.find(ctx, c, databases, logins, s)
}

func (o *importOptions) listLogins(ctx context.Context, c *config.Config, databases *userdb.Databases, s streams) ([]string, error) {
	if len(o.named) > 0 {
		return o.named, nil
	}
	if o.logins != "" {
		return readFile(o.logins, s)
	}
	skipped := &skippedRows{w: s.err}
	logins, err := databases.Logins(ctx, skipped.add)
	skipped.finish()
	if err != nil {
		return nil, listFailure(ctx, c, err)
	}
	return logins, nil
}

// listFailure returns the failure of a list of users that could not be read.
func listFailure(ctx context.Context, c *config.Config, err error) error {
	if errors.Is(err, auth.ErrNoList) {
		return &failure{code: exitData, err: fmt.Errorf("%w; list them in a file, and use --logins FILE, or name the Maildirs", err)}
	}
	return &failure{code: exitOS, err: explainPassword(ctx, c, err)}
}

// find looks users up. Users that cannot log in are omitted with --users, and are
// failures with --logins.
func (o *importOptions) find(ctx context.Context, c *config.Config, databases *userdb.Databases, logins []string, s streams) ([]migrate.Job, error) {
	var jobs []migrate.Job
	left := 0
	server := sync.OnceValues(func() (int, error) { return serverUID(ctx, c) })
	for _, login := range logins {
		account, err := databases.Account(ctx, login)
		if err == nil {
			err = checkUID(account, c, server)
		}
		refused := errors.Is(err, pop3.ErrAuth) || errors.Is(err, pop3.ErrPermanent) || errors.Is(err, auth.ErrSeveralRows)
		switch {
		case err == nil:
			jobs = append(jobs, ofAccount(account))
		case !refused:
			return nil, &failure{code: exitOS, err: explainPassword(ctx, c, fmt.Errorf("%s: %w", login, err))}
		case o.users:
			left++
		default:
			jobs = append(jobs, migrate.Job{Maildir: login, Login: login, Err: fmt.Errorf("%s: %w", login, err)})
		}
	}
	if left > 0 {
		fmt.Fprintf(s.err, "users omitted because they cannot log in: %d\n", left)
	}
	return once(jobs), nil
}

// ofAccount returns the job of a user. The mailbox of one without an owner belongs
// to the user that the server runs as, who need not be that of this process.
func ofAccount(a *pop3.Account) migrate.Job {
	j := migrate.Job{Maildir: a.Maildrop, Owner: rights.Owner(a)}
	if j.Owner == nil {
		j = jobOf(a.Maildrop)
	}
	j.Login = a.Name
	return j
}
