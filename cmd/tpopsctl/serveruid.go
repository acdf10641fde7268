package main

import (
	"context"
	"fmt"
	"os"

	"tpops/pkg/config"
	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
	"tpops/pkg/unit"
)

// checkUID returns why the server would not open the mailbox of an account. server returns
// the user id of the server, which need not be that of this process.
func checkUID(a *pop3.Account, c *config.Config, server func() (int, error)) error {
	if a.UID < 0 || a.UID >= c.Users.FirstUID {
		return nil
	}
	uid, err := server()
	if err == nil && a.UID != uid {
		err = fmt.Errorf("uid %d is below first-uid: %w", a.UID, pop3.ErrPermanent)
	}
	return err
}

// serverUID returns the user id of the server: of the parameter user, of the unit with this
// configuration, or else of this process.
func serverUID(ctx context.Context, c *config.Config) (int, error) {
	name := c.Processes.User
	if name == "" {
		var err error
		if name, err = unit.UserOf(ctx, c.Run.ConfigFile); err != nil {
			return 0, err
		}
	}
	if name == "" {
		return os.Geteuid(), nil
	}
	owner, err := osuser.Lookup(name, "0") // A number without an entry has no group of its own.
	if err != nil {
		return 0, fmt.Errorf("user of the server: %w", err)
	}
	return owner.UID, nil
}
