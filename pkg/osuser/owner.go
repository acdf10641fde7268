// Package osuser runs code with the rights of a system user, and makes a process become
// a user permanently.
//
// A daemon that serves many users has one process and many owners of mailboxes. The
// kernel keeps the ids for access to files per thread. Owner.Do gives one thread the ids
// of an owner during a few calls, so that the kernel checks the rights. A process that
// serves only one user calls Become instead.
package osuser

import (
	"fmt"
	"math"
	"syscall"
)

// Owner is the user whose rights apply to file-system calls on a mailbox. A nil *Owner
// means the user of the process. Several goroutines may use an Owner, which does not
// change.
type Owner struct {
	UID, GID int
	Groups   []int // supplementary groups
}

// Credential returns the ids of the owner for a process to be started. It returns nil,
// which means the ids of this process, for a nil Owner.
func (o *Owner) Credential() *syscall.Credential {
	if o == nil {
		return nil
	}
	c := &syscall.Credential{Uid: uint32(o.UID), Gid: uint32(o.GID)}
	for _, g := range o.Groups {
		c.Groups = append(c.Groups, uint32(g))
	}
	return c
}

// check returns an error for invalid ids. The kernel accepts -1 in setfsuid and
// setresuid, but changes nothing.
func (o *Owner) check() error {
	if !valid(o.UID) {
		return fmt.Errorf("uid %d out of range", o.UID)
	}
	if !valid(o.GID) {
		return fmt.Errorf("gid %d out of range", o.GID)
	}
	for _, g := range o.Groups {
		if !valid(g) {
			return fmt.Errorf("supplementary gid %d out of range", g)
		}
	}
	return nil
}

// valid reports whether a user or group can have the id: it has 32 bits, and not all of
// them are set.
func valid(id int) bool { return id >= 0 && uint64(id) < math.MaxUint32 }
