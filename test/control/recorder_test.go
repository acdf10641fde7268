//go:build integration

package control_test

import (
	"strings"
	"testing"

	"tpops/test/fixture"
)

// TestFlightRecorder checks that the log gets the dialogue of a session that an operator
// ends, without its password, and none of a session that ends with QUIT.
func TestFlightRecorder(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, parallelType string) {
		d, socket := start(t, fixture.Small(t), parallelType, "--flight-recorder=4194304")
		fixture.LogIn(t, d).OK("QUIT")
		s := fixture.LogIn(t, d)
		s.OK("STAT")
		if code, _, errs := fixture.RunTpopsctl(t, "kick", socket, "--user="+fixture.User); code != 0 {
			t.Fatalf("exit %d, %s", code, errs)
		}
		s.Closed()
		fixture.Eventually(t, "the dialogue is logged", func() bool { return strings.Contains(d.Log(), "dialogue session=") })
		log := d.Log()
		if strings.Count(log, "dialogue session=") != 1 || strings.Contains(log, fixture.Password) ||
			!strings.Contains(log, `C USER (9 octets)\n`) || !strings.Contains(log, `C PASS (14 octets)\n`) ||
			!strings.Contains(log, `C STAT\n`) || !strings.Contains(log, "session ends: ended by operator") {
			t.Error(log)
		}
	})
}
