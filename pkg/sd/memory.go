package sd

import (
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
)

// SetMemoryLimit limits the memory of the Go runtime to 90 % of the limit of the control
// group: the runtime collects garbage more often. It returns that limit in bytes. The rest
// is for memory that the runtime does not count. Without a limit, or with GOMEMLIMIT in
// the environment, SetMemoryLimit changes nothing and returns false.
func SetMemoryLimit() (int64, bool) {
	limit, ok := memoryLimit("/proc/self/cgroup", "/sys/fs/cgroup")
	if !ok || os.Getenv("GOMEMLIMIT") != "" {
		return 0, false
	}
	limit -= limit / 10
	debug.SetMemoryLimit(limit)
	return limit, true
}

// memoryLimit returns the memory limit of the process in bytes: the minimum of MemoryMax=
// and MemoryHigh= of its control group and those above it. It returns false without a
// limit, or without control groups of version 2. The file membership contains the group
// of the process; root contains the groups (cgroups(7)).
func memoryLimit(membership, root string) (limit int64, found bool) {
	text, err := os.ReadFile(membership)
	if err != nil {
		return 0, false
	}
	group, ok := unifiedGroup(string(text))
	if !ok {
		return 0, false
	}
	for ; ; group = path.Dir(group) {
		for _, file := range []string{"memory.max", "memory.high"} {
			n, ok := readLimit(filepath.Join(root, group, file))
			if ok && (!found || n < limit) {
				limit, found = n, true
			}
		}
		if group == "/" {
			return limit, found
		}
	}
}

// unifiedGroup returns the path of the process's group of version 2, from the text of
// /proc/self/cgroup. A group outside of the mounted part begins with "/..", and its limits
// cannot be read.
func unifiedGroup(text string) (string, bool) {
	for line := range strings.Lines(text) {
		group, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::")
		if ok {
			outside := group == "/.." || strings.HasPrefix(group, "/../")
			return path.Clean(group), path.IsAbs(group) && !outside
		}
	}
	return "", false
}

// readLimit reads a limit. A file that contains "max", or does not exist, means that there
// is none.
func readLimit(name string) (int64, bool) {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil && n > 0
}
