//go:build integration && amd64

package killed

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"tpops/test/fixture"
)

// trap is what happens to a call.
type trap struct {
	at    int        // the number of the call since the trap was set, from 1
	fault bool       // return an error instead of killing; calls that cannot fail do not count
	turn  int        // which of the errors
	only  unix.Errno // if not 0, only calls that may return this error count
	all   bool       // kill all processes, not only the one that calls; or fail all later calls too
	below string     // the folder in which all calls fail

	program string // if not "", only calls of processes with this program count

	serves func(pid int) bool // reports whether a process serves the session; nil: not asked
}

// supervisor answers the calls that processes with the filter make.
type supervisor struct {
	t      *testing.T
	fd     int
	root   atomic.Int32 // the process that was started
	closed atomic.Bool
	ended  chan struct{}

	mu    sync.Mutex
	trap  trap
	armed bool
	count int
	hit   string // the call that the trap caught, "" if none
	meant bool   // its process served the session
}

// set sets a trap, and counts from 0.
func (s *supervisor) set(t trap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trap, s.armed, s.count, s.hit, s.meant = t, true, 0, "", false
}

// disarm lets all calls pass, and returns the call that the trap caught.
func (s *supervisor) disarm() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = false
	return s.hit
}

// hurt reports whether the process that the trap caught served the session.
func (s *supervisor) hurt() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.meant
}

// close ends the supervisor after all processes.
func (s *supervisor) close() {
	s.closed.Store(true)
	<-s.ended
}

// notification and response are the structures of seccomp_unotify(2).
type notification struct {
	id    uint64
	pid   uint32
	flags uint32
	nr    int32
	arch  uint32
	ip    uint64
	args  [6]uint64
}

type response struct {
	id    uint64
	val   int64
	errno int32
	flags uint32
}

func (s *supervisor) run() {
	defer close(s.ended)
	defer unix.Close(s.fd)
	for !s.closed.Load() {
		fds := []unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}
		if n, err := unix.Poll(fds, 50); err != nil && !errors.Is(err, unix.EINTR) || n > 0 && fds[0].Revents&unix.POLLIN == 0 {
			return // No process has the filter any more.
		} else if n > 0 {
			s.next()
		}
	}
}

// next takes a call and answers it. A process that has died meanwhile needs no answer.
func (s *supervisor) next() {
	var n notification
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(s.fd), unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&n))); errno != 0 {
		return
	}
	r := response{id: n.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
	if errno := s.decide(call{int(n.pid), int(n.nr), n.args}); errno != 0 {
		r = response{id: n.id, errno: -int32(errno)}
	}
	_, _, _ = unix.Syscall(unix.SYS_IOCTL, uintptr(s.fd), unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&r)))
}

// decide returns the error for a call, 0 if it may pass. It kills its process if it is
// the one to be killed at.
func (s *supervisor) decide(c call) unix.Errno {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.armed || !s.trap.isFor(c) {
		return 0
	}
	errno := s.trap.errno(c)
	if s.trap.fault && errno == 0 {
		return 0
	}
	s.count++
	later := s.trap.fault && s.trap.all && s.count > s.trap.at
	if s.count != s.trap.at && !later {
		return 0
	}
	pid := processOf(c.thread)
	s.meant = s.meant || s.trap.serves != nil && s.trap.serves(pid)
	if s.trap.fault && !later {
		s.hit = fmt.Sprintf("%v: %v", c, errno)
	}
	if s.trap.fault {
		return errno
	}
	s.hit = c.String()
	s.kill(pid)
	return 0
}

// isFor reports whether a call counts.
func (t trap) isFor(c call) bool {
	if t.program == "" {
		return true
	}
	program, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", c.thread)) // The process may have ended.
	return filepath.Base(program) == t.program
}

// errno returns the error of the trap for a call, 0 for none.
func (t trap) errno(c call) unix.Errno {
	all := c.errors()
	if len(all) == 0 || !t.fault {
		return 0
	}
	if t.all && (c.nr == unix.SYS_ACCEPT4 || !strings.Contains(c.file(), t.below)) {
		return 0 // No client could connect and no child could start for as long as it lasts.
	}
	if t.only == 0 {
		return all[t.turn%len(all)]
	}
	for _, errno := range all {
		if errno == t.only {
			return errno
		}
	}
	return 0
}

// kill kills a process, or all.
func (s *supervisor) kill(pid int) {
	pids := []int{pid}
	if root := int(s.root.Load()); s.trap.all && root != 0 {
		pids = append([]int{root}, fixture.ProcessesOf(s.t, root)...)
	}
	for _, pid := range pids {
		_ = unix.Kill(pid, unix.SIGKILL) // It may have ended.
	}
}

// processOf returns the process of a thread.
func processOf(thread int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", thread))
	_, rest, _ := strings.Cut(string(text), "\nTgid:")
	line, _, _ := strings.Cut(rest, "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return thread
	}
	return pid
}
