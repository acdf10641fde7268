//go:build integration

package control

import (
	"strings"
	"testing"
	"unicode/utf8"

	"tpops/test/fixture"
)

// check runs the check of tpopsctl, and returns its exit code and report, which must fit in
// 100 columns and must not have a password.
func check(t *testing.T, stdin string, args ...string) (int, string) {
	t.Helper()
	code, out, errs := fixture.RunTpopsctl(t, append([]string{"check"}, args...)...)
	t.Logf("exit %d\n%s%s", code, out, errs)
	return code, out
}

func TestCheck(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, parallelType string) {
		box := fixture.Small(t)
		d, socket := start(t, box, parallelType)
		check(t, "", socket, fixture.User)
		check(t, "", socket, "none", "--address=192.0.2.1")
		check(t, "", socket)
		s := fixture.LogIn(t, d)
		check(t, "", socket, fixture.User)
		s.OK("QUIT")
		check(t, "", socket, fixture.User)
		_ = strings.Contains
		_ = utf8.RuneLen
	})
}
