// Package confine gives up the rights that the running process does not need.
//
// A daemon that acts as the owners of mailboxes has CAP_SETUID and CAP_SETGID. An
// attacker who takes it over could become root with them. After Apply a thread can only
// take the file-system ids of an ordinary user. The process also loses access to files,
// programs and network ports that serving mail does not need.
//
// The kernel enforces this with seccomp (system calls and ids) and Landlock (directories
// and TCP ports). Neither can be undone. Threads that are started later are confined
// too.
//
// # What remains possible
//
// An attacker who has taken over a process that may act as other users can still:
//
//   - read and change everything that users from FirstUID on may, within the directories
//     of the policy: their mail, and with home directories all their files. The kernel
//     cannot know which user a session belongs to.
//   - be in any group. setgroups reads its list from memory, which a filter cannot see.
//     FirstGID only restricts the group of new files. A file that a group may read is
//     protected only outside the directories of the policy. /etc, with /etc/shadow, is
//     one of these directories.
//   - change modes, owners (within these rights) and times of other files, and test
//     whether they exist. Landlock restricts only opening, creating, moving and removing.
//     The bits setuid and setgid are refused.
//   - connect to the Unix sockets of other services, before Landlock ABI 9. With the
//     right group that can be a way to root, for example with container engines. A unit
//     should leave only the required sockets in /run.
//   - use every descriptor that was open before.
//
// With FirstUID 0 the first two are limited to the rights of the process itself. If it
// is root, only Landlock restricts its access to files.
package confine

import (
	"errors"
	"fmt"
	"math"
)

// Policy is the rights that a process keeps. With the zero value these are its own ids,
// and reading the files that every configuration needs. It has no network then.
type Policy struct {
	// FirstUID and FirstGID are the lowest ids that a thread may take, besides those of
	// the process. 0 means that it may take no others. With FirstUID 0 the supplementary
	// groups cannot be changed either.
	FirstUID, FirstGID int
	// Become permits all changes of ids. It is for a process that becomes another user
	// permanently and then calls Apply again, without Become.
	Become bool

	// Read and Write are absolute paths of files and directories that the process opens,
	// in addition to /etc, /usr, /proc, /run/systemd and the control groups, which every
	// process may read. Below Write it can also make, write, move and remove files and
	// directories. It cannot make symbolic links, pipes, sockets and devices.
	//
	// A rule of the kernel applies to the inode, not to the name, and files like
	// /etc/shadow are replaced whenever they change. A path that is not a directory
	// therefore means the directory that contains it. If it is a symbolic link, it also
	// means the directory of its target.
	Read, Write []string
	// AllFiles does not restrict files. It is for configurations in which the paths of
	// mailboxes are not known. Read, Write and Sockets must be empty then.
	AllFiles bool
	// Only permits only Read, Write and Sockets, without the files that every process
	// may read. It is for a process that has read everything it needs.
	Only bool
	// Sockets are the Unix sockets of other services, or their directories, in addition
	// to /run/systemd and /dev. Enforced from Landlock ABI 9 on.
	Sockets []string
	// Connect are the TCP ports to which the process may connect, enforced from Landlock
	// ABI 4 on. AllTCP permits all ports. Without both the process can make only Unix
	// sockets. Open sockets remain usable.
	Connect []uint16
	AllTCP  bool

	// Tested is set if another process with the same ids has applied this policy since
	// the system was started. Apply does not test it again then, which saves the kernel
	// a second filter.
	Tested bool
	// Further is set if this process has called Apply with Become before, which has
	// filtered system calls. The new filter then has only the rules that the first one
	// did not have: the kernel asks both.
	Further bool
}

// Apply permanently confines the whole process, with all its threads, to p. It sets
// no_new_privs. A second call is possible only after a call with Become. It can only
// give up more rights.
//
// Call it after opening everything that p does not permit (listeners, log files in other
// directories), and before serving the first client. A reload cannot extend p: opening
// other files fails with EACCES.
//
// The Report lists what the kernel cannot enforce, which is not an error. The error is
// that p contradicts itself, that the kernel refused a rule, or that a rule has no
// effect. The process may be partly confined then, and should end.
//
// Apply must not run at the same time as another Apply, osuser.Become or Owner.Do.
func Apply(p Policy) (Report, error) {
	if err := p.check(); err != nil {
		return Report{}, fmt.Errorf("confine: %w", err)
	}
	if err := applied(); err != nil {
		return Report{}, fmt.Errorf("confine: %w", err)
	}
	var r Report
	// Landlock comes first: the filter could forbid the call by which Landlock reaches
	// all threads.
	if err := p.restrictFiles(&r); err != nil {
		return r, fmt.Errorf("confine files: %w", err)
	}
	if err := p.filterCalls(&r); err != nil {
		return r, fmt.Errorf("confine system calls: %w", err)
	}
	if p.Tested {
		return r, nil
	}
	if open := p.probe(r); len(open) > 0 {
		return r, fmt.Errorf("confine: rules have no effect: %q is still possible", open)
	}
	if err := p.logRefused(r); err != nil {
		return r, fmt.Errorf("confine system calls: %w", err)
	}
	return r, nil
}

// check returns an error if p contradicts itself.
func (p Policy) check() error {
	for _, id := range []int{p.FirstUID, p.FirstGID} {
		if id < 0 || uint64(id) >= math.MaxUint32 {
			return fmt.Errorf("first id %d out of range", id)
		}
	}
	return p.checkPairs()
}

// checkPairs returns an error if two fields of p exclude each other.
func (p Policy) checkPairs() error {
	hasPaths := p.Only || len(p.Read)+len(p.Write)+len(p.Sockets) > 0
	for _, pair := range []struct {
		is   bool
		text string
	}{
		{p.FirstUID == 0 && p.FirstGID != 0, "policy with FirstGID without FirstUID"},
		{p.Become && p.FirstUID != 0, "policy with FirstUID and Become"},
		{p.Further && p.Become, "policy with Further and Become"},
		{p.AllFiles && hasPaths, "paths with AllFiles"},
		{p.AllTCP && len(p.Connect) > 0, "policy with Connect and AllTCP"},
	} {
		if pair.is {
			return errors.New(pair.text)
		}
	}
	return nil
}

// network reports whether the process connects to servers over a network.
func (p Policy) network() bool { return p.AllTCP || len(p.Connect) > 0 }
