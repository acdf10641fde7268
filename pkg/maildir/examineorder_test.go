package maildir

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A line #order counts only if it is the first one. A repair does not make it the first:
// messages would change places.
func TestExamineKeepsOrder(t *testing.T) {
	for _, text := range []string{
		"# imported\n" + OrderLine + "\n2.b\tU2\n1.a\tU1\n",
		"\n\n" + OrderLine + "\r\n2.b\tU2\n1.a\tU1\n",
		OrderLine + "\r\r\n2.b\tU2\n1.a\tU1\nx\n",
	} {
		dir := newMaildir(t, "cur/1.a:2,", "cur/2.b:2,")
		deliver(t, dir, uidlFile, text)
		old(t, filepath.Join(dir, uidlFile))
		was := uidlsAtLogin(t, dir, keeping)
		health := examine(t, nil, dir, false, true)
		if is := uidlsAtLogin(t, dir, keeping); !slices.Equal(is, was) {
			t.Errorf("%q: %q instead of %q", text, is, was)
		}
		now, err := os.ReadFile(filepath.Join(dir, uidlFile))
		if err != nil || string(now) != text {
			t.Errorf("%q has become %q, error %v", text, now, err)
		}
		faults, _ := health.Faults()
		if faults == 0 {
			t.Errorf("%q: no fault is left", text)
		}
	}
}
