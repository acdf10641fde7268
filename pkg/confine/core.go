package confine

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// NoCoreDumps keeps the memory of the process, which contains passwords and mail, out of
// core files. It also forbids other processes of the same user to read the memory or to
// trace the process. It lasts until the process executes another program.
//
// Call it first, before Apply, which forbids access to the file that is written here.
// The error is of the measures that failed. The others have an effect.
func NoCoreDumps() error {
	// There are three measures, because each has an exception. The first excludes all
	// memory from dumps, but a process that is not dumpable cannot set it.
	filter := dumpNothing("/proc/self/coredump_filter")
	// A limit of 0 has no effect if the kernel pipes the dump into a program. A limit of
	// 1 has an effect in both cases: each dump is longer.
	limit := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 1, Max: 1})
	if errors.Is(limit, unix.EPERM) {
		limit = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) // The parent has set a lower limit.
	}
	// The kernel resets this to fs.suid_dumpable whenever a thread changes its ids. Then
	// tracing is still impossible, but root may get dumps.
	dumpable := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	if err := errors.Join(filter, limit, dumpable); err != nil {
		return fmt.Errorf("no core dumps: %w", err)
	}
	return nil
}

// dumpNothing excludes all kinds of memory from dumps. It does not write the file again
// in a second call, which can only read it.
func dumpNothing(name string) error {
	text, err := os.ReadFile(name)
	if err != nil || strings.Trim(string(text), "0\n") == "" {
		return err
	}
	return os.WriteFile(name, []byte("0"), 0)
}
