package osuser

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// identity is the ids that the kernel checks when a thread opens a file.
type identity struct {
	uid, gid int
	groups   []int // sorted
}

// identity returns the identity of a thread with the rights of o.
func (o *Owner) identity() identity {
	want := identity{o.UID, o.GID, slices.Clone(o.Groups)}
	slices.Sort(want.groups)
	return want
}

// threadIdentity returns the identity of the calling thread. The caller has locked the
// goroutine to it.
func threadIdentity() (identity, error) {
	a, err := threadUser()
	if err != nil {
		return identity{}, err
	}
	return a.withGroups()
}

// withGroups returns a with the groups of the calling thread.
func (a identity) withGroups() (identity, error) {
	groups, err := unix.Getgroups()
	if err != nil {
		return identity{}, fmt.Errorf("getgroups: %w", err)
	}
	slices.Sort(groups)
	a.groups = groups
	return a, nil
}

// threadUser returns the identity of the calling thread without its groups.
func threadUser() (identity, error) {
	// No user has the id -1. This changes nothing and returns the current id. There is
	// no other way to get it (setfsuid(2), NOTES).
	uid, err := unix.SetfsuidRetUid(-1)
	if err != nil {
		return identity{}, fmt.Errorf("setfsuid: %w", err)
	}
	gid, err := unix.SetfsgidRetGid(-1)
	if err != nil {
		return identity{}, fmt.Errorf("setfsgid: %w", err)
	}
	return identity{uid: int(uint32(uid)), gid: int(uint32(gid))}, nil
}

// equal reports whether a and b are the same.
func (a identity) equal(b identity) bool {
	return a.uid == b.uid && a.gid == b.gid && slices.Equal(a.groups, b.groups)
}

// includes reports whether a has the user and group of b and all its groups. Further
// groups of a do not matter: a user can trace each process with the same uid, and so
// already has its groups.
func (a identity) includes(b identity) bool {
	if a.uid != b.uid || a.gid != b.gid {
		return false
	}
	for _, g := range b.groups {
		if _, found := slices.BinarySearch(a.groups, g); !found && g != a.gid {
			return false
		}
	}
	return true
}

// assume gives the calling thread, and no other, the identity a. It only changes what
// differs, so that a switch that has failed half-way can be undone without the missing
// privilege. After an error the thread may have ids of both identities.
func (a identity) assume() error {
	now, err := threadIdentity()
	if err != nil {
		return err
	}
	if now.equal(a) {
		return nil
	}
	if !slices.Equal(now.groups, a.groups) {
		if err := unix.Setgroups(a.groups); err != nil {
			return fmt.Errorf("setgroups: %w", err)
		}
	}
	if now.gid != a.gid {
		if err := unix.Setfsgid(a.gid); err != nil {
			return fmt.Errorf("setfsgid: %w", err)
		}
	}
	if now.uid != a.uid {
		if err := unix.Setfsuid(a.uid); err != nil {
			return fmt.Errorf("setfsuid: %w", err)
		}
	}
	return a.verify()
}

// verify returns an error unless the calling thread has the identity a. setfsuid and
// setfsgid return no error when they are refused.
func (a identity) verify() error {
	now, err := threadIdentity()
	if err != nil {
		return err
	}
	if !now.equal(a) {
		return fmt.Errorf("change from user %d, group %d to user %d, group %d: %w",
			now.uid, now.gid, a.uid, a.gid, unix.EPERM)
	}
	return nil
}
