//go:build systemd

package systemd

import (
	"strings"

	"tpops/pkg/certs/certstest"
)

// testGenerations restarts the service more often than it may start by itself in two minutes,
// while each process has a session that it cannot hand over. None of them is lost, and neither is
// a session that each hands over.
func testGenerations(s *site) {
	const restarts = 22
	messages := letters(3)
	s.userWithMail("alice", messages)
	s.userWithMail("bob", messages)
	a := certstest.NewAuthority(s.t)
	s.issue(a, "mail")
	s.dropIn("tpops.service", "tls.conf")
	s.configure("login-time = 0")
	s.do("systemctl", "enable", "--now", "tpops.socket", "tpops-tls.socket")
	moved := s.login("bob")
	moved.want("DELE 1", `^\+OK`)
	var kept []*visit
	for range restarts {
		v, _ := s.visitSecurely(a, true)
		kept = append(kept, v)
		s.do("systemctl", "reset-failed", "tpops.service")
		s.do("systemctl", "restart", "tpops.service")
	}
	moved.want("LIST 1", `^-ERR`)
	moved.want("RSET", `^\+OK`)
	moved.wantMessages(messages)
	moved.quit()
	if listed := strings.Count(s.do("tpopsctl", "sessions"), "127.0.0.1"); listed != restarts {
		s.t.Errorf("%d sessions are listed, want %d", listed, restarts)
	}
	for _, v := range kept {
		v.login("alice")
		v.wantMessages(messages)
		v.quit()
	}
	s.wantNoFailure()
}
