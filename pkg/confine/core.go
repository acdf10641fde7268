package confine

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// NoCoreDumps keeps what is in the memory of the process, passwords and mail,
// out of core files, and other processes of the same user from looking at it
// or tracing the process. It lasts until another program is executed.
//
// It is called first of all, before Apply, which takes away the file that is
// written here. The error tells which of the ways to it did not work; the
// others are in force.
func NoCoreDumps() error {
	// Three ways, since each has a hole. The first leaves all memory out of
	// what is dumped, but a process that is not dumpable may not set it.
	filter := dumpNothing("/proc/self/coredump_filter")
	// A limit of 0 counts for files only, not where the kernel pipes the dump
	// into a program. With 1 it does neither: there is no shorter dump.
	limit := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 1, Max: 1})
	if errors.Is(limit, unix.EPERM) {
		limit = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) // Whoever started us took even that.
	}
	// The kernel puts this to fs.suid_dumpable whenever a thread changes its
	// ids: no tracing either then, but dumps that root may read.
	dumpable := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	if err := errors.Join(filter, limit, dumpable); err != nil {
		return fmt.Errorf("no core dumps: %w", err)
	}
	return nil
}

// dumpNothing sets the kinds of memory that are dumped to none, unless they
// are that already: a second call could read the file but not write it.
func dumpNothing(name string) error {
	text, err := os.ReadFile(name)
	if err != nil || strings.Trim(string(text), "0\n") == "" {
		return err
	}
	return os.WriteFile(name, []byte("0"), 0)
}
