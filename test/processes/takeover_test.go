//go:build integration

package processes

import (
	"testing"

	"tpops/test/fixture"
)

// TestSuperserverTakeOver checks that a login ends a session whose client is silent, in a process
// that no other one knows, without deleting anything.
func TestSuperserverTakeOver(t *testing.T) {
	t.Parallel()
	box := fixture.Small(t)
	i := superserver(t, "--auth-type=passwd-file", "--passwd-file="+box.Users, "--syslog=none", "--lock-takeover=1")
	first := i.login(fixture.User, fixture.Password)
	first.OK("DELE 1")
	second := i.login(fixture.User, fixture.Password)
	first.Closed()
	second.Want("STAT", `^\+OK 5 `)
	second.OK("QUIT")
	i.wantNoServers()
	if n := len(box.Files(t)); n != 5 {
		t.Errorf("%d messages are left", n)
	}
}
