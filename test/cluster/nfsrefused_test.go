//go:build nfs

package cluster

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// nobody is the user whose quota counts. That of root does not.
const nobody = 65534

// refused has logins that get no lock, because the lock file cannot be made or opened to write.
// They are refused, and later ones have the same messages. A mailbox that can only be read is
// refused for good.
func (s *shared) refused() {
	u := s.newUser(2)
	give(s, u.dir)
	d := s.serve(s.hosts[1], ":1110", []*mailUser{u}, "--user=nobody")
	lock := filepath.Join(u.dir, "tpops_lock")
	for _, c := range []struct {
		name, want string
		has        bool // there is a lock file already
		set, end   func()
	}{
		{"read-only mount", "[SYS/PERM]", false, func() { s.remount(unix.MS_RDONLY) }, func() { s.remount(0) }},
		{"quota", "[SYS/TEMP]", false, func() { s.quota(files(s, u.dir)) }, func() { s.quota(0) }},
		{"directory that cannot be written", "[SYS/TEMP]", false, func() { s.mode(u, 0o500) }, func() { s.mode(u, 0o700) }},
		{"read-only mount with a lock file", "[SYS/PERM]", true, func() { s.remount(unix.MS_RDONLY) }, func() { s.remount(0) }},
	} {
		if err := os.Remove(lock); !c.has && err != nil && !errors.Is(err, os.ErrNotExist) {
			s.t.Fatal(err)
		}
		c.set()
		_, err := u.dial(d.Addr)
		c.end()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			s.t.Errorf("%s: login: %v, want %s", c.name, err, c.want)
		}
		s.t.Logf("%s: %v", c.name, err)
		client, err := u.dial(d.Addr)
		if err != nil {
			s.t.Fatalf("after %s: %v", c.name, err)
		}
		if uidls, err := list(client); err != nil || !slices.Equal(uidls, u.must()) {
			s.t.Errorf("after %s: UIDLs %q, %v; want %q", c.name, uidls, err, u.must())
		}
		if answer, err := client.Command("QUIT"); err != nil || !strings.HasPrefix(answer, "+OK") {
			s.t.Errorf("after %s: QUIT: %s, %v", c.name, answer, err)
		}
		client.Close()
	}
	u.finish()
}

// give gives all in a directory to nobody.
func give(s *shared, dir string) {
	s.t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, nobody, nobody))
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// remount changes how host 1 has mounted the mail.
func (s *shared) remount(flags uintptr) {
	s.hosts[1].do(func() {
		s.hosts[1].try("remount", unix.Mount("", mounted, "", unix.MS_REMOUNT|unix.MS_BIND|flags, ""))
	})
}

func (s *shared) mode(u *mailUser, mode os.FileMode) {
	if err := os.Chmod(u.dir, mode); err != nil {
		s.t.Fatal(err)
	}
}

// quotaLimits is struct if_dqblk of quotactl(2).
type quotaLimits struct {
	blockHard, blockSoft, space, inodeHard, inodeSoft, inodes, blockTime, inodeTime uint64
	valid                                                                           uint32
}

// quota sets how many files the user nobody may have on the disk, which nfs/init mounts with
// quotas. 0 removes the limit.
func (s *shared) quota(files uint64) {
	const set, inodeLimits = 0x800008, 4
	s.quotactl(set, &quotaLimits{inodeHard: files, valid: inodeLimits})
}

// files returns the number of files below a directory, with it. The quota may still count some
// that were removed: the file server has them open for a while.
func files(s *shared, dir string) (n uint64) {
	s.t.Helper()
	err := filepath.WalkDir(dir, func(_ string, _ os.DirEntry, err error) error { n++; return err })
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// quotactl calls quotactl(2) for the quota of nobody.
func (s *shared) quotactl(command uintptr, limits *quotaLimits) {
	disk, err := unix.BytePtrFromString("/dev/vda")
	if err != nil {
		s.t.Fatal(err)
	}
	_, _, errno := unix.Syscall6(unix.SYS_QUOTACTL, command<<8, uintptr(unsafe.Pointer(disk)), nobody, uintptr(unsafe.Pointer(limits)), 0, 0)
	if errno != 0 {
		s.t.Fatalf("quotactl: %v", errno)
	}
}
