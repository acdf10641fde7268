package bed

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// HostPID returns by which number this machine knows the process that has the
// number pid in the other one.
func (m *Machine) HostPID(tb testing.TB, pid int) int {
	tb.Helper()
	for _, candidate := range processes(m.cgroup) {
		if innerPID(candidate) == pid {
			return candidate
		}
	}
	tb.Fatalf("no process %d in the machine", pid)
	return 0
}

// findLeader finds the machine's systemd, which is in this cgroup as soon as
// it is at work, and reports whether it did.
func (m *Machine) findLeader() bool {
	for _, pid := range processes(filepath.Join(m.cgroup, "payload/init.scope")) {
		if innerPID(pid) == 1 {
			m.leader = pid
			return true
		}
	}
	return false
}

// processes returns the processes in a cgroup and those below it.
func processes(cgroup string) []int {
	var pids []int
	filepath.WalkDir(cgroup, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "cgroup.procs" {
			return nil // a cgroup may go at any time
		}
		text, _ := os.ReadFile(path)
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	return pids
}

// innerPID returns the number of a process in the innermost namespace of
// processes that it is in, 0 if it is gone.
func innerPID(pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if ids, found := strings.CutPrefix(line, "NSpid:"); found {
			fields := strings.Fields(ids) // from the outermost in
			inner, _ := strconv.Atoi(fields[len(fields)-1])
			return inner
		}
	}
	return 0
}
