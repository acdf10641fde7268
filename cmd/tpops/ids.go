package main

import (
	"errors"
	"os/user"

	"tpops/pkg/config"
	"tpops/pkg/osuser"
)

// idsOf returns whom the parameters user and group name, nil if none of them is
// set. An error tells the place of the one that is at fault.
func idsOf(c *config.Config) (*osuser.Owner, error) {
	owner, err := osuser.Lookup(c.Processes.User, c.Processes.Group)
	var unknown user.UnknownGroupError
	switch {
	case errors.As(err, &unknown):
		return nil, c.Problem("group", err)
	case err != nil:
		return nil, c.Problem("user", err)
	}
	return owner, nil
}
