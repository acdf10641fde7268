package osuser

import (
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strconv"
	"syscall"
)

// Lookup returns the user of the parameters user and group. Each is a name or a number.
//
//   - The supplementary groups are those of the system's group database.
//   - If group is empty, the group is the user's own one.
//   - If name is empty, the user is that of the process.
//   - If both are empty, Lookup returns nil.
//
// The error is that one of them is unknown, or that name is a number without an entry in
// the user database and group is empty.
func Lookup(name, group string) (*Owner, error) {
	if name == "" && group == "" {
		return nil, nil
	}
	o, err := lookupUser(name)
	if err != nil {
		return nil, err
	}
	if group != "" {
		if o.GID, err = lookupGroup(group); err != nil {
			return nil, err
		}
	}
	if o.GID < 0 {
		return nil, fmt.Errorf("user %q: no such user, and no group is given", name)
	}
	o.Groups = slices.DeleteFunc(o.Groups, func(g int) bool { return g == o.GID })
	if err := o.check(); err != nil {
		return nil, err
	}
	return o, nil
}

// lookupUser returns the user with a name or a number. Names take precedence. If no user
// has the number, the GID is -1.
func lookupUser(name string) (*Owner, error) {
	if name == "" {
		groups, err := syscall.Getgroups()
		return &Owner{syscall.Geteuid(), syscall.Getegid(), groups}, err
	}
	entry, err := user.Lookup(name)
	// Check the range here, because LookupId computes a number modulo 2^32.
	if uid, notNumber := strconv.Atoi(name); err != nil && notNumber == nil && valid(uid) {
		entry, err = user.LookupId(name)
		if errors.As(err, new(user.UnknownUserIdError)) {
			return &Owner{UID: uid, GID: -1}, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("user %q: %w", name, err)
	}
	return fromEntry(entry)
}

// fromEntry returns the user of an entry of the user database. Groups does not contain
// the user's own group, so that another group can replace it.
func fromEntry(entry *user.User) (*Owner, error) {
	uid, errUID := strconv.Atoi(entry.Uid)
	gid, errGID := strconv.Atoi(entry.Gid)
	if err := errors.Join(errUID, errGID); err != nil {
		return nil, fmt.Errorf("user %q: %w", entry.Username, err)
	}
	ids, err := entry.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("groups of user %q: %w", entry.Username, err)
	}
	o := &Owner{UID: uid, GID: gid}
	for _, id := range ids {
		g, err := strconv.Atoi(id)
		if err != nil {
			return nil, fmt.Errorf("groups of user %q: %w", entry.Username, err)
		}
		if g != gid {
			o.Groups = append(o.Groups, g)
		}
	}
	return o, nil
}

// lookupGroup returns the number of a group with a name or a number. Names take
// precedence. A number needs no entry.
func lookupGroup(name string) (int, error) {
	entry, err := user.LookupGroup(name)
	if err != nil {
		if gid, notNumber := strconv.Atoi(name); notNumber == nil && valid(gid) {
			return gid, nil
		}
		return 0, fmt.Errorf("group %q: %w", name, err)
	}
	return strconv.Atoi(entry.Gid)
}
