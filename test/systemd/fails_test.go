//go:build systemd

package systemd

import (
	"strings"

	"tpops/test/bed"
)

// testStartFails has a configuration that stays wrong or that is gone: the reason is
// an event and in the status, the service gives up, and clients are refused.
func testStartFails(s *site) {
	const file = "/etc/tpops/tpops.toml"
	for _, text := range []string{"", "maildr = \"x\"\n", "none"} {
		s.Write(s.t, file, text, 0o644)
		if text == "none" {
			s.do("rm", file)
		}
		s.do("systemctl", "reset-failed")
		s.do("systemctl", "enable", "tpops.socket")
		s.do("systemctl", "start", "tpops.socket")
		s.Output(s.t, "systemctl", "start", "tpops.service")
		s.wantGivenUp()
		if status := s.property("tpops.service", "StatusText"); !strings.Contains(status, "tpops.toml") {
			s.t.Errorf("%q: status: %q", text, status)
		}
	}
}

// wantGivenUp waits until systemd starts the service no more. An event has the
// reason, and the port is closed.
func (s *site) wantGivenUp() {
	s.t.Helper()
	bed.Poll(s.t, "the service gives up", func() bool {
		return s.property("tpops.service", "ActiveState") == "failed"
	})
	events := s.events("fatal error")
	if len(events) == 0 {
		s.t.Error("no event has the reason")
	}
	for _, e := range events {
		if e.Text("PRIORITY") != "3" || e.Text("MESSAGE_ID") != "6ca8e5f49c0f47239a1639c7cd28bdce" ||
			!strings.Contains(e.Text("TPOPS_ERROR"), "tpops.toml") {
			s.t.Errorf("the event is %q", e)
		}
	}
	bed.Poll(s.t, "the port is closed", func() bool {
		return s.property("tpops.socket", "ActiveState") == "failed" && s.listening() == ""
	})
}

// testGivesUpSessions restarts into a configuration that stays wrong: the session
// that waits ends with the service, and nothing is deleted. What the manual says
// to do then works, also after more restarts by hand than the limit allows.
func testGivesUpSessions(s *site) {
	s.userWithMail("alice", letters(3))
	s.configure()
	s.enableDaemon()
	v := s.login("alice")
	v.want("DELE 1", `^\+OK`)
	s.Write(s.t, "/etc/tpops/tpops.toml", "maildr = \"x\"\n", 0o644)
	s.Output(s.t, "systemctl", "restart", "tpops.service")
	s.wantGivenUp()
	v.closed()
	if files := s.files("/home/alice/Maildir"); len(files) != 3 {
		s.t.Errorf("messages left: %q", files)
	}
	s.configure()
	s.Shell(s.t, "systemctl reset-failed tpops.service && systemctl restart tpops.socket")
	v = s.login("alice")
	for range 25 {
		s.Shell(s.t, "systemctl reset-failed tpops.service && systemctl restart tpops.service")
	}
	v.want("STAT", `^\+OK 3 `)
	v.quit()
	s.wantNoFailure()
}
