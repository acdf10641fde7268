package maildir

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// locks looks for the holders of locks.
func (x *examination) locks() error {
	if err := x.dotlock(); err != nil {
		return err
	}
	if x.fix {
		return nil // We have the lock.
	}
	for _, name := range [...]string{lockFile, "."} {
		stat, err := statAt(x.dir, name)
		if err != nil {
			continue
		}
		if holder := flockHolder(stat); holder != "" {
			x.add(noteLocked, strings.TrimPrefix(name, "."), holder, nil)
			return nil
		}
	}
	return nil
}

// dotlock looks at the lock of Dovecot's list.
func (x *examination) dotlock() error {
	const name = dovecotList + ".lock"
	lock := &dotlock{store: x.store, name: name}
	stat, isStale, err := lock.isStale(name, x.now())
	if errors.Is(err, unix.ENOENT) || err == nil && !isStale {
		return nil
	}
	if err != nil {
		return err
	}
	x.add(faultDotlock, name, fmt.Sprintf("%d hours old", int(x.ageOf(stat).Hours())), func() error {
		return x.unlinkSame(x.dir, name, stat)
	})
	return nil
}

// flockHolder returns the process that has a file locked with flock(2), as far as
// proc_locks(5) shows it. It does not try the lock, which could be in the way of a login.
func flockHolder(stat unix.Stat_t) string {
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		return ""
	}
	file := fmt.Sprintf("%02x:%02x:%d", unix.Major(stat.Dev), unix.Minor(stat.Dev), stat.Ino)
	for line := range strings.Lines(string(locks)) {
		fields := strings.Fields(line) // 1: FLOCK ADVISORY WRITE 708 00:2d:1234 0 EOF
		if len(fields) < 6 || fields[1] != "FLOCK" || fields[5] != file {
			continue
		}
		name, err := os.ReadFile("/proc/" + fields[4] + "/comm")
		if err != nil {
			return "process " + fields[4]
		}
		return fmt.Sprintf("process %s (%s)", fields[4], strings.TrimSuffix(string(name), "\n"))
	}
	return ""
}
