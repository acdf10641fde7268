//go:build systemd

package systemd

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"

	"tpops/test/trace"
)

// wantCallsRefused makes each thread of the process try what would give it the
// rights of others.
func (s *site) wantCallsRefused(pid int) {
	s.t.Helper()
	if !trace.Supported {
		s.t.Skip("system calls of another process: written for amd64 only")
	}
	const keep = ^uint64(0) // -1: as it is
	calls := []struct {
		name string
		call [4]uint64 // its number and its arguments
		want syscall.Errno
	}{
		{"setuid(0)", [4]uint64{unix.SYS_SETUID, 0}, unix.EPERM},
		{"setreuid(0, 0)", [4]uint64{unix.SYS_SETREUID, 0, 0}, unix.EPERM},
		{"setresuid(-1, 0, -1)", [4]uint64{unix.SYS_SETRESUID, keep, 0, keep}, unix.EPERM},
		{"setresuid(1, 1, 1), a user of the system", [4]uint64{unix.SYS_SETRESUID, 1, 1, 1}, unix.EPERM},
		{"setfsuid(0)", [4]uint64{unix.SYS_SETFSUID, 0}, unix.EPERM},
		{"setresgid(0, 0, 0)", [4]uint64{unix.SYS_SETRESGID, 0, 0, 0}, unix.EPERM},
		// What path names does not matter: the call is refused before it is read.
		{"execve", [4]uint64{unix.SYS_EXECVE, 0, 0, 0}, unix.EPERM},
	}
	tids, err := trace.Threads(pid)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, tid := range tids {
		for _, c := range calls {
			got, err := trace.Call(tid, c.call)
			if errors.Is(err, unix.ESRCH) {
				break // the thread has ended
			}
			if err != nil {
				s.t.Fatalf("%s in thread %d: %v", c.name, tid, err)
			}
			if got != -int64(c.want) {
				s.t.Errorf("%s in thread %d returns %d, want %d (%v)", c.name, tid, got, -int64(c.want), c.want)
			}
		}
	}
}
