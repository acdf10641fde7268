//go:build systemd

package systemd

import (
	"fmt"
	"time"

	"tpops/test/daemon"
)

// testGuard shows that a guessing client is remembered, whatever happens to the
// daemon.
func testGuard(s *site) {
	s.user("alice")
	s.configure(`guard-exempt = "none"`, "guess-delay-max = 1")
	s.enableDaemon()
	var guesses [16]*visit // enough for several minutes
	for i := range guesses {
		guesses[i] = s.visit()
	}
	for i, v := range guesses {
		v.want(fmt.Sprintf("USER nobody%d", i), `^\+OK`)
		v.want("PASS wrong", `^-ERR \[AUTH\]`)
		v.closed()
	}
	begun := time.Now()
	restart := func() { s.do("systemctl", "restart", "tpops.service") }
	for i, action := range []func(){func() {}, restart, restart, s.killServing, s.killServing} {
		pid := s.mainPID()
		action()
		conn, err := s.Dial(pop3Port) // waits in the socket's queue until the daemon is back
		if err != nil {
			s.t.Fatal(err)
		}
		v := &visit{Client: daemon.NewClient(conn), t: s.t}
		v.line(`^-ERR \[SYS/TEMP\] service unavailable: too many failed logins`)
		v.closed()
		s.t.Logf("%d: process %d, then %d, %v after the last guess", i, pid, s.mainPID(), time.Since(begun))
	}
	for _, entry := range s.events("session rejected") {
		checkEntry(s.t, entry)
	}
	// What systemd keeps is not kept beyond a stop.
	s.do("systemctl", "stop", "tpops.service")
	s.login("alice").quit()
	s.wantNoFailure()
}
