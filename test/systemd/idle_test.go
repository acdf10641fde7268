//go:build systemd

package systemd

import (
	"strings"
	"time"

	"tpops/pkg/certs/certstest"
	"tpops/test/bed"
)

// idlePatience is twice as long as a daemon without a session goes on with idle-exit = "1s".
const idlePatience = 4 * time.Second

// testIdleExit shows that the daemon ends when there is no client, and comes back.
func testIdleExit(s *site) {
	s.user("alice")
	s.configure(`idle-exit = "1s"`)
	s.enableDaemon()
	v := s.login("alice")
	first := s.mainPID()
	v.quit()
	s.wantInactive()
	s.wantNoFailure()
	s.login("alice").quit()
	if again := s.mainPID(); again == first || again == 0 {
		s.t.Errorf("process %d, then %d", first, again)
	}
}

// testIdleExitKept shows that a session which an old process continues keeps the daemon from
// ending for idle-exit, so that it can be listed, and ended with the service: by a stop, or by
// SIGTERM from another program.
func testIdleExitKept(s *site) {
	s.user("alice")
	s.configure(`idle-exit = "1s"`)
	a := certstest.NewAuthority(s.t)
	s.issue(a, "mail")
	s.dropIn("tpops.service", "tls.conf")
	s.do("systemctl", "enable", "--now", "tpops.socket", "tpops-tls.socket")
	for _, end := range [][]string{
		{"systemctl", "stop", "tpops.service"},
		{"systemctl", "kill", "--kill-whom=main", "tpops.service"},
	} {
		v, _ := s.visitSecurely(a, true)
		v.login("alice")
		s.do("systemctl", "restart", "tpops.service")
		first := s.mainPID()
		time.Sleep(idlePatience)
		v.want("STAT", `^\+OK`)
		if got := s.mainPID(); got != first || !strings.Contains(s.do("tpopsctl", "sessions"), "alice") {
			s.t.Errorf("process %d, then %d", first, got)
		}
		s.do(end...)
		v.closed()
		s.wantInactive()
	}
	s.wantNoFailure()
}

// wantInactive returns when the service has ended.
func (s *site) wantInactive() {
	s.t.Helper()
	bed.Poll(s.t, "the daemon ends", func() bool { return s.property("tpops.service", "ActiveState") == "inactive" })
}
