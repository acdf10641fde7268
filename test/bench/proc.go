package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc/PID/stat, which is the same on all Linux.
const tick = 10 * time.Millisecond

// process is a line of /proc/PID/stat.
type process struct {
	pid, parent int
	time        time.Duration // its own and that of children that were waited for
}

// tree returns the process and all its descendants.
func tree(root int) ([]process, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	all := map[int]process{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // It has ended.
		}
		p := parseStat(string(text))
		all[p.pid] = p
	}
	var found []process
	for _, p := range all {
		at, ok := p, true
		for ok && at.pid != root {
			at, ok = all[at.parent]
		}
		if ok {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("process %d has ended", root)
	}
	return found, nil
}

// parseStat takes apart a line of /proc/PID/stat, see proc(5).
func parseStat(line string) process {
	var p process
	p.pid, _ = strconv.Atoi(line[:strings.IndexByte(line, ' ')])
	// The name, in parentheses, may hold anything.
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	p.parent, _ = strconv.Atoi(fields[1])
	for _, f := range fields[11:15] { // utime stime cutime cstime
		n, _ := strconv.ParseInt(f, 10, 64)
		p.time += time.Duration(n) * tick
	}
	return p
}

// processorTime returns what the process and its descendants, also those that
// have ended, have used.
func processorTime(root int) (time.Duration, error) {
	processes, err := tree(root)
	var sum time.Duration
	for _, p := range processes {
		sum += p.time
	}
	return sum, err
}

// memory returns the octets of memory that the process and its descendants
// use; what several share counts in parts (Pss, see proc(5)).
func memory(root int) (int64, error) {
	processes, err := tree(root)
	var sum int64
	for _, p := range processes {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.pid))
		if err != nil {
			continue // It has ended.
		}
		for line := range bytes.Lines(text) {
			if fields := strings.Fields(string(line)); len(fields) > 1 && fields[0] == "Pss:" {
				kib, _ := strconv.ParseInt(fields[1], 10, 64)
				sum += kib << 10
			}
		}
	}
	return sum, err
}

func countLines(text []byte) int { return bytes.Count(text, []byte("\n")) }
