// Package proc reads from /proc what a server uses: processor time and memory
// of a process and all its descendants.
package proc

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// tick is the unit of times in /proc/PID/stat, which is the same on all Linux.
const tick = 10 * time.Millisecond

// Process is a line of /proc/PID/stat.
type Process struct {
	PID, Parent int
	Name        string
	own         time.Duration
	children    time.Duration // of those that have ended and were waited for
}

// Tree returns the process and all its descendants. An error means that the
// process has ended.
func Tree(root int) ([]Process, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	all := map[int]Process{}
	for _, file := range files {
		// A process may end at any moment.
		if text, err := os.ReadFile(file); err == nil {
			p := parseStat(string(text))
			all[p.PID] = p
		}
	}
	found := descendants(root, all)
	if len(found) == 0 {
		return nil, fmt.Errorf("process %d has ended", root)
	}
	return found, nil
}

func descendants(root int, all map[int]Process) []Process {
	var found []Process
	for _, p := range all {
		at, ok := p, true
		for ok && at.PID != root {
			at, ok = all[at.Parent]
		}
		if ok {
			found = append(found, p)
		}
	}
	return found
}

// parseStat takes apart a line of /proc/PID/stat, see proc(5).
func parseStat(line string) Process {
	var p Process
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 1 || end < open {
		return p
	}
	p.PID, _ = strconv.Atoi(line[:open-1])
	p.Name = line[open+1 : end] // It may contain anything.
	fields := strings.Fields(line[end+1:])
	if len(fields) < 15 {
		return p
	}
	p.Parent, _ = strconv.Atoi(fields[1])
	p.own = ticks(fields[11]) + ticks(fields[12])      // utime stime
	p.children = ticks(fields[13]) + ticks(fields[14]) // cutime cstime
	return p
}

func ticks(field string) time.Duration {
	n, _ := strconv.ParseInt(field, 10, 64)
	return time.Duration(n) * tick
}

// CPU returns the processor time, of user and system, that the process and its
// descendants have used, also those that have ended.
func CPU(root int) (time.Duration, error) {
	processes, err := Tree(root)
	var sum time.Duration
	for _, p := range processes {
		sum += p.cpu() + p.children
	}
	return sum, err
}

// cpu asks the clock of the process, which counts nanoseconds and not ticks.
func (p Process) cpu() time.Duration {
	const scheduled = 2 // CPUCLOCK_SCHED, see clock_getcpuclockid(3)
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^p.PID<<3|scheduled), &t); err != nil {
		return p.own
	}
	return time.Duration(t.Nano())
}

// Memory returns the octets that the process and its descendants use. What
// several processes share counts in parts (Pss, see proc(5)).
func Memory(root int) (int64, error) {
	processes, err := Tree(root)
	var sum int64
	for _, p := range processes {
		sum += rollup(p.PID, "Pss:")
	}
	return sum, err
}

// Private returns the octets of memory that only this process uses.
func Private(pid int) int64 {
	return rollup(pid, "Private_Clean:", "Private_Dirty:")
}

// rollup returns the sum of fields of /proc/PID/smaps_rollup: 0 if the process
// has ended.
func rollup(pid int, names ...string) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	var sum int64
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line))
		for _, name := range names {
			if len(fields) > 1 && fields[0] == name {
				kib, _ := strconv.ParseInt(fields[1], 10, 64)
				sum += kib << 10
			}
		}
	}
	return sum
}
