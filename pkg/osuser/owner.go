// Package osuser is about system users: whose rights a piece of work is done
// with, and how a process becomes a user for good.
//
// A daemon that serves many users has one process and many owners. The kernel
// keeps the ids that decide about files per thread, so Owner.Do gives one
// thread the owner's for the time of a few calls and the kernel does the
// checking. A process that serves one user only calls Become instead.
package osuser

import (
	"fmt"
	"math"
	"syscall"
)

// Owner is the user with whose rights file-system calls on a mailbox are made.
// A nil *Owner stands for the process itself. It is not changed once it is in
// use, so goroutines may share it.
type Owner struct {
	UID, GID int
	Groups   []int // supplementary groups
}

// Credential returns the owner as the ids of a process to be started, nil for
// those of this one.
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

// check refuses ids that the kernel would take for 'leave as it is': -1 passed
// to setfsuid or setresuid changes nothing and reports no error.
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

// valid reports whether id is one that the kernel gives to users: 32 bits, and
// not all of them set.
func valid(id int) bool { return id >= 0 && uint64(id) < math.MaxUint32 }
