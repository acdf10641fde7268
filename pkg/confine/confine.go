// Package confine takes away from the running process what it does not need.
//
// A daemon that acts as the owners of mailboxes holds CAP_SETUID and
// CAP_SETGID, and with these whoever takes it over could become root. Apply
// lets the process keep the one use that it makes of them: a thread may take
// the file-system ids of an ordinary user. It also shuts the process off from
// the files, programs and network ports that serving mail does not touch.
//
// The kernel does the enforcing, by seccomp (which system calls, with which
// ids) and Landlock (which directories and TCP ports). Neither can be undone,
// and threads that are started later are bound as well.
//
// # What remains
//
// A process that was taken over while it may act as others can still:
//
//   - read and change whatever users from FirstUID on may, within the
//     directories given: their mail, and with home directories the rest of
//     these too. Whether a call is made for the session's own user the kernel
//     cannot know.
//   - be in any group. setgroups takes its list from memory, which a filter
//     does not see, so FirstGID alone keeps nobody from a group's files: it
//     binds what group new files get. Files that a group may read are out of
//     reach only outside the directories given, and /etc is one of these,
//     with /etc/shadow.
//   - change modes, owners (within these rights) and times of files outside,
//     and see that they exist; Landlock binds only what is opened, created,
//     moved and removed. The bits setuid and setgid are refused.
//   - speak to the unix sockets of other services, before Landlock ABI 9. With
//     the right group that can be a way to root (as with those of container
//     engines), so that a unit should leave only the needed ones in /run.
//   - use every descriptor that was open before.
//
// With FirstUID 0 the first two shrink to the rights of the process itself. If
// that is root's, Landlock is all that keeps it from files.
package confine

import (
	"errors"
	"fmt"
	"math"
)

// Policy is what a process keeps. The zero value leaves it its own ids, the
// files that every configuration reads, and no network.
type Policy struct {
	// FirstUID and FirstGID are the lowest ids that a thread may act as,
	// besides the process's own; 0 stands for none. With FirstUID 0 the
	// supplementary groups cannot be changed either.
	FirstUID, FirstGID int
	// Become leaves all changes of ids open, for a process that becomes
	// another user for good and calls Apply again then, without it.
	Become bool

	// Read and Write are the absolute paths of what is opened beyond /etc,
	// /usr, /proc, /run/systemd and the control groups, which every process
	// may read. In Write files and directories can also be made, written,
	// moved and removed; symbolic links, pipes, sockets and devices not made.
	//
	// A rule of the kernel binds the inode, not the name, and files like
	// /etc/shadow are replaced whenever they change. So a path that is not a
	// directory stands for the directory it lies in and, if it is a symbolic
	// link, for that of its target.
	Read, Write []string
	// AllFiles leaves the file system as it is, where nobody can say where
	// files will be. Read, Write and Sockets must be empty then.
	AllFiles bool
	// Only leaves nothing but Read, Write and Sockets: not even the files that
	// every process may read. It is for a process that has read all it needs.
	Only bool
	// Sockets are the unix sockets of other services, or their directories,
	// beyond /run/systemd and /dev. Bound from Landlock ABI 9 on.
	Sockets []string
	// Connect are the TCP ports that connections may be made to; bound from
	// Landlock ABI 4 on. AllTCP leaves all open. With neither no socket but
	// of the unix kind can be made at all; those that are there stay usable.
	Connect []uint16
	AllTCP  bool
}

// Apply confines the whole process, with all its threads, to p, for good. It
// sets no_new_privs. A second call is possible only after one with Become, and
// takes away more: what the first took stays taken.
//
// It is called once everything is open that p does not cover (listeners, log
// files elsewhere) and before the first client is served. A reload cannot
// widen p; what it names beyond p is refused with EACCES.
//
// What the kernel cannot enforce is no error but told in the Report. An error
// is a p that makes no sense, a rule that the kernel refused, or one that it
// took and does not enforce; the process may be confined in part then, and
// should end.
//
// Apply may not run at the same time as itself, osuser.Become or Owner.Do.
func Apply(p Policy) (Report, error) {
	if err := p.check(); err != nil {
		return Report{}, fmt.Errorf("confine: %w", err)
	}
	if err := applied(); err != nil {
		return Report{}, fmt.Errorf("confine: %w", err)
	}
	var r Report
	// In this order, since the way in which Landlock reaches all threads
	// could be closed by the filter.
	if err := p.restrictFiles(&r); err != nil {
		return r, fmt.Errorf("confine files: %w", err)
	}
	if err := p.filterCalls(&r); err != nil {
		return r, fmt.Errorf("confine system calls: %w", err)
	}
	if open := p.probe(r); len(open) > 0 {
		return r, fmt.Errorf("confine: rules have no effect: %q is still possible", open)
	}
	if err := p.logRefused(r); err != nil {
		return r, fmt.Errorf("confine system calls: %w", err)
	}
	return r, nil
}

// check returns an error if p contradicts itself or confines nothing.
func (p Policy) check() error {
	for _, id := range []int{p.FirstUID, p.FirstGID} {
		if id < 0 || uint64(id) >= math.MaxUint32 {
			return fmt.Errorf("first id %d out of range", id)
		}
	}
	if p.FirstUID == 0 && p.FirstGID != 0 {
		return errors.New("a first gid without a first uid")
	}
	if p.Become && p.FirstUID != 0 {
		return errors.New("a first uid and the change of ids for good")
	}
	if p.AllFiles && (p.Only || len(p.Read)+len(p.Write)+len(p.Sockets) > 0) {
		return errors.New("paths and all files")
	}
	if p.AllTCP && len(p.Connect) > 0 {
		return errors.New("TCP ports and all TCP ports")
	}
	return nil
}

// network reports whether the process makes connections over a network.
func (p Policy) network() bool { return p.AllTCP || len(p.Connect) > 0 }
