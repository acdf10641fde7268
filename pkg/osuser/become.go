package osuser

import (
	"errors"
	"fmt"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// Become makes the process, with all its threads, permanently become the user o: real,
// effective and saved ids and the supplementary groups. It then tries to return to the
// former user; the error may be that this works. A nil o changes nothing.
//
// After an error the process may have ids of both users, and must end. Become must not
// run at the same time as Owner.Do.
func Become(o *Owner) error {
	if o == nil {
		return nil
	}
	before := syscall.Geteuid()
	err := o.become()
	if err == nil {
		err = o.prove(before)
	}
	if err != nil {
		return fmt.Errorf("become user %d: %w", o.UID, err)
	}
	return nil
}

// become changes the ids. It changes the user last, because the right to change groups
// ends with that. It does not change ids that are already right, so that a process
// without privileges can become its own user.
func (o *Owner) become() error {
	if err := o.check(); err != nil {
		return err
	}
	if err := o.becomeGroups(); err != nil {
		return err
	}
	return o.becomeUser()
}

// becomeUser changes the user.
func (o *Owner) becomeUser() error {
	_, permitted, err := capabilities()
	if err != nil {
		return err
	}
	if o.UID != 0 && permitted&anotherUser != 0 && syscall.Geteuid() != 0 {
		// Only a change from root to another user removes the capabilities of all
		// threads (capabilities(7), effect of user ID changes). If this call is refused,
		// they remain, and prove returns an error.
		_ = syscall.Setresuid(0, 0, 0)
	}
	if r, e, s := unix.Getresuid(); r == o.UID && e == o.UID && s == o.UID {
		return nil
	}
	if err := syscall.Setresuid(o.UID, o.UID, o.UID); err != nil {
		return fmt.Errorf("setresuid: %w", err)
	}
	return nil
}

// becomeGroups changes the group and the supplementary groups. Further groups of the
// process are given up if that is allowed.
func (o *Owner) becomeGroups() error {
	if !o.hasJustGroups() {
		if err := syscall.Setgroups(o.Groups); err != nil && !o.hasGroups() {
			return fmt.Errorf("setgroups: %w", err)
		}
	}
	if r, e, s := unix.Getresgid(); r != o.GID || e != o.GID || s != o.GID {
		if err := syscall.Setresgid(o.GID, o.GID, o.GID); err != nil {
			return fmt.Errorf("setresgid: %w", err)
		}
	}
	return nil
}

// hasJustGroups reports whether the supplementary groups are those of o.
func (o *Owner) hasJustGroups() bool {
	groups, err := unix.Getgroups()
	if err != nil {
		return false
	}
	slices.Sort(groups)
	return slices.Equal(groups, o.identity().groups)
}

// hasGroups reports whether the supplementary groups are acceptable. A process that was
// started as o, without the right to change them, may have more groups than o. Any other
// process must have exactly those of o.
func (o *Owner) hasGroups() bool {
	r, e, s := unix.Getresuid()
	if o.UID == 0 || r != o.UID || e != o.UID || s != o.UID {
		return o.hasJustGroups()
	}
	groups, err := unix.Getgroups()
	if err != nil {
		return false
	}
	slices.Sort(groups)
	return identity{o.UID, o.GID, groups}.includes(o.identity())
}

// prove returns an error unless the process is o and cannot become the user before, or
// root, again.
func (o *Owner) prove(before int) error {
	r, e, s := unix.Getresuid()
	if r != o.UID || e != o.UID || s != o.UID {
		return fmt.Errorf("user ids are still %d, %d, %d", r, e, s)
	}
	r, e, s = unix.Getresgid()
	if r != o.GID || e != o.GID || s != o.GID {
		return fmt.Errorf("group ids are still %d, %d, %d", r, e, s)
	}
	if !o.hasGroups() {
		return errors.New("supplementary groups remain")
	}
	if o.UID == 0 {
		return nil // Root could undo everything.
	}
	return o.proveNoWayBack(before)
}

// proveNoWayBack tries to become the user before, or root, again.
func (o *Owner) proveNoWayBack(before int) error {
	_, permitted, err := capabilities()
	if err != nil {
		return err
	}
	if permitted&anotherUser != 0 {
		return fmt.Errorf("capabilities remain (%#x)", permitted&anotherUser)
	}
	for _, uid := range []int{0, before} {
		if uid != o.UID && syscall.Setresuid(-1, uid, -1) == nil {
			return errors.New("the process can become its former user again")
		}
	}
	if o.GID != 0 && syscall.Setresgid(-1, 0, -1) == nil {
		return errors.New("the process can take the group of root again")
	}
	return nil
}
