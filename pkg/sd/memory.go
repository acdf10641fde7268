package sd

import (
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
)

// MemoryLimit returns how much memory, in octets, the process may use
// according to its control group and those above: the least of all MemoryMax=
// and MemoryHigh=. It reports false if there is none, or no control group of
// version 2.
func MemoryLimit() (int64, bool) {
	return memoryLimit("/proc/self/cgroup", "/sys/fs/cgroup")
}

// SetMemoryLimit makes the Go runtime keep below 90 % of MemoryLimit by
// collecting garbage more often, and returns that limit in octets; the rest is
// for what the runtime does not count. Without a MemoryLimit, or with
// GOMEMLIMIT in the environment, it changes nothing and reports false.
func SetMemoryLimit() (int64, bool) {
	limit, ok := MemoryLimit()
	if !ok || os.Getenv("GOMEMLIMIT") != "" {
		return 0, false
	}
	limit -= limit / 10
	debug.SetMemoryLimit(limit)
	return limit, true
}

// memoryLimit reads the process's group from the file membership and its
// limits below root (cgroups(7)).
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

// unifiedGroup returns the path of the process's group of version 2, from the
// text of /proc/self/cgroup. A group outside of what is mounted begins with
// "/..", and cannot be asked for its limits.
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

// readLimit reads a limit. There is none in a file that says "max", or that is
// missing, as in the root and where memory is not limited.
func readLimit(name string) (int64, bool) {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil && n > 0
}
