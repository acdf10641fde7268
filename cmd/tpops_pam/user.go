//go:build pam && cgo

package main

import (
	"errors"
	"fmt"
	"os/user"
	"strconv"

	"tpops/pkg/pam"
)

// errNoUser means that the name service has no user of that name.
var errNoUser = errors.New("no such user")

// lookUp asks the name service through the C library: PAM also knows users that are
// not in /etc/passwd.
func lookUp(name string) (*pam.User, error) {
	found, err := user.Lookup(name)
	var unknown user.UnknownUserError
	if errors.As(err, &unknown) {
		return nil, errNoUser
	}
	if err != nil {
		return nil, fmt.Errorf("look up the user: %w", err)
	}
	groups, err := found.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("look up the user's groups: %w", err)
	}
	u := &pam.User{Name: found.Username, Home: found.HomeDir}
	ids := make([]int, 0, len(groups)+2)
	for _, text := range append([]string{found.Uid, found.Gid}, groups...) {
		id, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("id of a user or group: %w", err)
		}
		ids = append(ids, int(id))
	}
	u.UID, u.GID = ids[0], ids[1]
	for _, gid := range ids[2:] {
		if gid != u.GID {
			u.Groups = append(u.Groups, gid)
		}
	}
	return u, nil
}
