// Package identity finds the user and the group of the daemon, which the parameters
// user and group name.
package identity

import (
	"errors"
	"fmt"
	"os"
	"os/user"

	"golang.org/x/sys/unix"

	"tpops/pkg/config"
	"tpops/pkg/osuser"
)

// Of returns the ids that the parameters user and group name, nil if none of them is
// set. The error is a config.Problem, with the place of the parameter that is wrong:
// a user or a group does not exist, or this process may not become it.
func Of(c *config.Config) (*osuser.Owner, error) {
	owner, err := osuser.Lookup(c.Processes.User, c.Processes.Group)
	if err != nil {
		return nil, lookupProblems(c, err)
	}
	if err := mayBecome(owner); err != nil {
		return nil, c.Problem("user", err)
	}
	return owner, nil
}

// Become makes the process the user that the parameters user and group name, with no
// way back, and returns the ids, nil if none of the parameters is set. The error is
// that of Of or of osuser.Become.
func Become(c *config.Config) (*osuser.Owner, error) {
	owner, err := Of(c)
	if err != nil {
		return nil, err
	}
	return owner, osuser.Become(owner)
}

// lookupProblems returns the error of a look-up with its place. If the user does not
// exist, it looks the group up as well, so that both are reported at once.
func lookupProblems(c *config.Config, err error) error {
	var noUser user.UnknownUserError
	var noGroup user.UnknownGroupError
	switch {
	case errors.As(err, &noGroup):
		return c.Problem("group", fmt.Errorf("group %q does not exist", string(noGroup)))
	case !errors.As(err, &noUser):
		return c.Problem("user", err)
	}
	err = c.Problem("user", fmt.Errorf("user %q does not exist", string(noUser)))
	if _, groupErr := osuser.Lookup("", c.Processes.Group); groupErr != nil {
		return errors.Join(err, lookupProblems(c, groupErr))
	}
	return err
}

// mayBecome returns an error if this process has other ids and no right to change
// them, such as a service of systemd with User= and without capabilities.
func mayBecome(o *osuser.Owner) error {
	if o == nil || o.UID == os.Geteuid() && o.GID == os.Getegid() {
		return nil
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // capget(2): version 3 fills two
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("capget: %w", err)
	}
	const needed = 1<<unix.CAP_SETUID | 1<<unix.CAP_SETGID
	if data[0].Effective&needed == needed {
		return nil
	}
	return fmt.Errorf("the process runs as user %d and cannot become user %d: "+
		"remove user and group, or set User= in a drop-in as in vmail.conf", os.Geteuid(), o.UID)
}
