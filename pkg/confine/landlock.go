package confine

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// What may be done in a directory of Policy.Read and Policy.Write. To move a
// message from new to cur is a change of directory, which is AccessFSRefer.
const (
	readAccess  = ll.AccessFSReadFile | ll.AccessFSReadDir
	writeAccess = readAccess | ll.AccessFSWriteFile | ll.AccessFSTruncate |
		ll.AccessFSMakeReg | ll.AccessFSRemoveFile | ll.AccessFSRefer |
		ll.AccessFSMakeDir | ll.AccessFSRemoveDir
	deviceAccess = ll.AccessFSReadFile | ll.AccessFSWriteFile | ll.AccessFSTruncate
)

// always is what every process may read. All of /proc, although its own part
// of it would do: the kernel makes the inode of that anew when memory is
// short, and the rule would be lost with the old one. The other processes in
// there are shut off by Landlock itself.
var always = []string{
	"/etc",           // users, name services, time zone, our own files
	"/usr",           // what name services load, certificates
	"/lib", "/lib64", // the same, where they are not in /usr
	"/proc",
	"/run/systemd", // users that systemd knows
	"/sys/fs/cgroup",
}

// alwaysSockets are where journal, notification and system log listen.
var alwaysSockets = []string{"/run/systemd", "/dev"}

// The ABI with which parts of a policy begin to be enforced.
const (
	abiRefer    = 2
	abiTruncate = 3
	abiTCP      = 4
	abiAbstract = 6
	abiUnix     = 9
	abiNewest   = 11 // of those that the library knows
)

// restrictFiles puts Landlock in force for all threads.
func (p Policy) restrictFiles(r *Report) error {
	if p.AllFiles {
		return nil
	}
	rules, err := p.pathRules(r)
	if err != nil {
		return err
	}
	for _, port := range p.Connect {
		rules = append(rules, landlock.ConnectTCP(port))
	}
	abi, err := landlockABI()
	if err != nil {
		r.Open = append(r.Open, "files ("+err.Error()+")")
		return nil
	}
	if err := p.landlockConfig().BestEffort().Restrict(rules...); err != nil {
		return err
	}
	r.Landlock = abi
	r.Open = append(r.Open, p.openBefore(abi)...)
	return nil
}

// landlockConfig returns what is to be forbidden but for the rules.
func (p Policy) landlockConfig() landlock.Config {
	config := landlock.V11
	// Not the scope of signals: before ABI 8 each thread gets a domain of its
	// own, and some kernels then keep the threads, and so Go's scheduler, from
	// signalling each other. The filter has a rule for it instead.
	config.Scoped = ll.ScopeAbstractUnixSocket
	switch {
	case p.AllTCP:
		config.HandledAccessNet = 0
	case p.network():
		// UDP stays open, for the lookup of names.
		config.HandledAccessNet = ll.AccessNetBindTCP | ll.AccessNetConnectTCP
	}
	return config
}

// pathRules returns a rule for each directory of p that is there.
func (p Policy) pathRules(r *Report) ([]landlock.Rule, error) {
	rules := []landlock.Rule{landlock.PathAccess(ll.AccessFSResolveUnix, alwaysSockets...).IgnoreIfMissing()}
	if !p.Only {
		rules = append(rules,
			landlock.PathAccess(readAccess, always...).IgnoreIfMissing(),
			landlock.PathAccess(deviceAccess, "/dev/null").IgnoreIfMissing())
	}
	for _, list := range []struct {
		paths  []string
		access landlock.AccessFSSet
	}{
		{p.Read, readAccess},
		{p.Write, writeAccess},
		{p.Sockets, ll.AccessFSResolveUnix},
	} {
		for _, path := range list.paths {
			dirs, err := directories(path)
			if errors.Is(err, errUseless) {
				return nil, err
			}
			if err != nil {
				r.Missing = append(r.Missing, err.Error())
				continue
			}
			rules = append(rules, landlock.PathAccess(list.access, dirs...).IgnoreIfMissing())
		}
	}
	return rules, nil
}

// landlockABI returns the ABI that will be used, or why none is.
func landlockABI() (int, error) {
	abi, err := ll.LandlockGetABIVersion()
	switch {
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EOPNOTSUPP):
		return 0, errors.New("the kernel has no Landlock, or it is off")
	case err != nil:
		return 0, fmt.Errorf("no Landlock: %w", err)
	case abi < abiRefer:
		// The library uses none then either: no message could be moved.
		return 0, errors.New("the kernel's Landlock ABI " + strconv.Itoa(abi) + " does not know moves between directories")
	}
	if errata, err := ll.LandlockGetErrata(); abi >= abiAbstract && (err != nil || errata&2 == 0) {
		return abiAbstract - 1, nil // As the library does: scopes are faulty in these kernels.
	}
	return min(abi, abiNewest), nil
}

// openBefore returns which parts of p are not enforced with abi.
func (p Policy) openBefore(abi int) []string {
	var open []string
	if abi < abiTruncate {
		open = append(open, "emptying of files")
	}
	if abi < abiTCP && len(p.Connect) > 0 {
		open = append(open, "TCP ports")
	}
	if abi < abiAbstract {
		open = append(open, "abstract unix sockets")
	}
	if abi < abiUnix {
		open = append(open, "unix sockets")
	}
	return open
}
