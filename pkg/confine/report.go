package confine

import (
	"fmt"
	"strings"
)

// Report lists the parts of a policy that are enforced.
type Report struct {
	Landlock int  // the ABI in use; 0 without Landlock
	Seccomp  bool // whether system calls are filtered
	// Missing are the paths of the policy that could not be found, and why. They cannot
	// be opened before the process is started again.
	Missing []string
	// Open are the parts of the policy that this kernel does not enforce.
	Open []string
}

// String returns the report as one line for a log.
func (r Report) String() string {
	var b strings.Builder
	if r.Landlock > 0 {
		fmt.Fprintf(&b, "files by Landlock ABI %d", r.Landlock)
	} else {
		b.WriteString("files not confined")
	}
	if r.Seccomp {
		b.WriteString(", system calls by seccomp")
	} else {
		b.WriteString(", system calls not confined")
	}
	writeList(&b, "missing", r.Missing)
	writeList(&b, "not enforced", r.Open)
	return b.String()
}

func writeList(b *strings.Builder, title string, items []string) {
	if len(items) > 0 {
		fmt.Fprintf(b, "; %s: %s", title, strings.Join(items, ", "))
	}
}
