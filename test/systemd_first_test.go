//go:build systemd

package test

import (
	"os"
	"strings"

	"tpops/test/bed"
)

// readmeScript returns the commands of the README below a heading in bold.
func (s *site) readmeScript(heading string) string {
	s.t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		s.t.Fatal(err)
	}
	_, below, found := strings.Cut(string(text), "**"+heading+"**")
	_, script, fenced := strings.Cut(below, "```sh\n")
	script, _, closed := strings.Cut(script, "\n```")
	if !found || !fenced || !closed {
		s.t.Fatalf("README.md has no commands for %q", heading)
	}
	return script
}

// testFirstUsersFile runs what the README says of users in a file on a machine
// that has just got the package, and rotates the access log.
func testFirstUsersFile(s *site) {
	if got := s.Shell(s.t, s.readmeScript("Users in a file")); !strings.Contains(got, "It works.") {
		s.t.Errorf("the first mail is %q", got)
	}
	s.do("sed", "-i", "s/su tpops tpops/su vmail vmail/", "/etc/logrotate.d/tpops")
	s.do("logrotate", "--force", "/etc/logrotate.d/tpops")
	curl := []string{"curl", "--silent", "--show-error", "--user", "ann:secret", "pop3://localhost/1"}
	bed.Poll(s.t, "the new access log is in use", func() bool {
		s.do(curl...)
		r := s.Output(s.t, "stat", "-c", "%U %s", "/var/log/tpops/access.log")
		return strings.HasPrefix(r.Stdout, "vmail ") && r.Stdout != "vmail 0\n"
	})
	// The port closes with the socket, though the link of RequiredBy= goes first.
	s.do("systemctl", "disable", "--now", "tpops.socket")
	if open := s.listening(); open != "" {
		s.t.Errorf("after disable --now something listens: %s", open)
	}
	s.wantNoFailure()
}

// testOpenTLSPort opens port 995 with one command while the daemon serves. The
// session that is open survives.
func testOpenTLSPort(s *site) {
	s.userWithMail("alice", letters(2))
	s.configure()
	s.enableDaemon()
	v := s.login("alice")
	pid := s.mainPID()
	s.do("systemctl", "enable", "--now", "tpops-tls.socket")
	bed.Poll(s.t, "another process serves", func() bool {
		return s.mainPID() != pid && s.property("tpops.service", "ActiveState") == "active"
	})
	v.want("STAT", `^\+OK 2 `)
	v.quit()
	s.wantState("tpops-tls.socket", "active")
	if open := s.listening(); !strings.Contains(open, ":995") || !strings.Contains(open, ":110") {
		s.t.Errorf("listening: %s", open)
	}
	s.wantNoFailure()
}

// testStartFails has a configuration that stays wrong: the reason is an event and
// in the status, the service gives up, and clients are refused.
func testStartFails(s *site) {
	for _, text := range []string{"", "maildr = \"x\"\n"} {
		s.Write(s.t, "/etc/tpops/tpops.toml", text, 0o644)
		s.do("systemctl", "reset-failed")
		s.do("systemctl", "enable", "tpops.socket")
		s.do("systemctl", "start", "tpops.socket")
		s.Output(s.t, "systemctl", "start", "tpops.service")
		bed.Poll(s.t, "the service gives up", func() bool {
			return s.property("tpops.service", "ActiveState") == "failed"
		})
		if events := s.events("fatal error"); len(events) == 0 {
			s.t.Error("no event says why")
		}
		if status := s.property("tpops.service", "StatusText"); !strings.Contains(status, "tpops.toml") {
			s.t.Errorf("status: %q", status)
		}
		bed.Poll(s.t, "the port is closed", func() bool {
			return s.property("tpops.socket", "ActiveState") == "failed" && s.listening() == ""
		})
	}
}
