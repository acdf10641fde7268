//go:build integration

package processes

import (
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tpops/test/fixture"
)

// filterLine is how strace shows that a filter for system calls is put in force.
var filterLine = regexp.MustCompile(`seccomp\(SECCOMP_SET_MODE_FILTER, ([A-Z_|]+),`)

// TestNoAuditRecords shows that a session makes no record in the kernel's audit
// log: the calls of the self test are refused, by a filter that logs nothing, and
// none is refused by the filter that is in force afterwards and logs.
func TestNoAuditRecords(t *testing.T) {
	fixture.NeedRoot(t)
	box := fixture.Small(t)
	out := filepath.Join(t.TempDir(), "calls")
	s, cmd := fixture.StartInetdUnder(t, []string{"strace", "-f", "-o", out}, box.Params()...)
	s.OK("USER " + fixture.User)
	s.OK("PASS " + fixture.Password)
	s.OK("STAT")
	s.OK("QUIT")
	if _, err := io.ReadAll(s.Conn); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	filters, logs, refused := 0, false, 0
	for line := range strings.Lines(fixture.Read(t, out)) {
		if f := filterLine.FindStringSubmatch(line); f != nil {
			filters++
			logs = strings.Contains(f[1], "SECCOMP_FILTER_FLAG_LOG")
		}
		if !strings.Contains(line, "EPERM") && !strings.Contains(line, "ENOSYS") {
			continue
		}
		if filters > 0 {
			refused++
		}
		// A thread of the C library tries clone3 first; only builds with the race
		// detector have it.
		if logs && !strings.Contains(line, "clone3") {
			t.Errorf("logged: %s", line)
		}
	}
	if filters < 4 || !logs || refused < 10 {
		t.Errorf("%d filters, the last one logs: %v, %d calls refused; want a self test and a filter that logs, before login and after it",
			filters, logs, refused)
	}
}
