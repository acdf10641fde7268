package pam

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// killAll kills a process, its process group and its descendants: pam_exec(8) starts its
// program in another process group. A program that has become a daemon is none of them.
// It returns the error of the kill of the group.
func killAll(pid int) error {
	_ = syscall.Kill(-pid, syscall.SIGSTOP) // What is stopped starts no more processes.
	found := []int{pid}
	// A process may have started one just before it stopped: look until there are no more.
	for known := 0; known < len(found); {
		known = len(found)
		for _, p := range found {
			found = stopChildren(p, found)
		}
	}
	for _, p := range found[1:] {
		_ = syscall.Kill(p, syscall.SIGKILL) // It fails for those that have taken the rights of another user.
	}
	return syscall.Kill(-pid, syscall.SIGKILL)
}

// stopChildren stops the children of a process that are not in found, and appends them.
func stopChildren(pid int, found []int) []int {
	for _, child := range children(pid) {
		if !slices.Contains(found, child) {
			_ = syscall.Kill(child, syscall.SIGSTOP)
			found = append(found, child)
		}
	}
	return found
}

// children returns the processes that a process has started and that have not ended. An
// ended process has none.
func children(pid int) (pids []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // see proc(5)
	for _, file := range files {
		text, _ := os.ReadFile(file)
		for word := range strings.FieldsSeq(string(text)) {
			if child, err := strconv.Atoi(word); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}
