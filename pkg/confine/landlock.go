package confine

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// The rights below a directory of Policy.Read and Policy.Write. Moving a message from new
// to cur changes its directory, which requires AccessFSRefer.
const (
	readAccess  = ll.AccessFSReadFile | ll.AccessFSReadDir
	writeAccess = readAccess | ll.AccessFSWriteFile | ll.AccessFSTruncate |
		ll.AccessFSMakeReg | ll.AccessFSRemoveFile | ll.AccessFSRefer |
		ll.AccessFSMakeDir | ll.AccessFSRemoveDir
	deviceAccess = ll.AccessFSReadFile | ll.AccessFSWriteFile | ll.AccessFSTruncate
)

// always are the directories that every process may read. The process needs only its own
// part of /proc, but when memory is low the kernel may replace that inode, and the rule
// would be lost. Landlock itself hides the other processes in /proc.
var always = []string{
	"/etc",           // users, name services, time zone, configuration
	"/usr",           // libraries of name services, certificates
	"/lib", "/lib64", // libraries, if they are not in /usr
	"/proc",
	"/run/systemd", // users of systemd
	"/sys/fs/cgroup",
}

// alwaysSockets are the directories of the sockets of journald, systemd and syslog.
var alwaysSockets = []string{"/run/systemd", "/dev"}

// The first ABI that enforces a part of a policy.
const (
	abiRefer    = 2
	abiTruncate = 3
	abiTCP      = 4
	abiAbstract = 6
	abiUnix     = 9
	abiNewest   = 11 // that the library supports
)

// restrictFiles restricts all threads with Landlock.
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

// landlockConfig returns the rights that are forbidden unless a rule permits them.
func (p Policy) landlockConfig() landlock.Config {
	config := landlock.V11
	// Signals are not restricted here but by the filter: before ABI 8 each thread gets a
	// domain of its own, and in some kernels the threads of Go's scheduler cannot send
	// each other signals then.
	config.Scoped = ll.ScopeAbstractUnixSocket
	switch {
	case p.AllTCP:
		config.HandledAccessNet = 0
	case p.network():
		// UDP is permitted for DNS.
		config.HandledAccessNet = ll.AccessNetBindTCP | ll.AccessNetConnectTCP
	}
	return config
}

// pathRules returns a rule for each directory of p that exists.
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

// landlockABI returns the ABI that is used, or an error if none can be used.
func landlockABI() (int, error) {
	abi, err := ll.LandlockGetABIVersion()
	switch {
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EOPNOTSUPP):
		return 0, errors.New("the kernel has no Landlock, or it is disabled")
	case err != nil:
		return 0, fmt.Errorf("no Landlock: %w", err)
	case abi < abiRefer:
		// The library does not use such an ABI either: messages could not be moved.
		return 0, errors.New("the kernel's Landlock ABI " + strconv.Itoa(abi) + " cannot permit moves between directories")
	}
	if errata, err := ll.LandlockGetErrata(); abi >= abiAbstract && (err != nil || errata&2 == 0) {
		return abiAbstract - 1, nil // As the library does: scopes do not work in these kernels.
	}
	return min(abi, abiNewest), nil
}

// openBefore returns the parts of p that are not enforced with abi.
func (p Policy) openBefore(abi int) []string {
	var open []string
	if abi < abiTruncate {
		open = append(open, "truncation of files")
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
