//go:build systemd

package systemd

import (
	"strings"

	"tpops/test/bed"
)

// testReload changes the configuration while a session is at work: that one
// goes on as it was, the next has what is new.
func testReload(s *site) {
	s.userWithMail("alice", letters(3))
	s.deliver("/home/alice/Other", "alice", letters(1))
	s.configure()
	s.enableDaemon()
	v := s.login("alice")
	pid := s.mainPID()
	s.configure(`maildir = "Other"`)
	s.do("systemctl", "reload", "tpops.service")
	// The reload is done when the daemon reports it in the journal.
	bed.Poll(s.t, "the configuration is read", func() bool { return len(s.events("configuration reloaded")) == 1 })
	v.want("STAT", `^\+OK 3 `)
	next := s.login("alice")
	next.want("STAT", `^\+OK 1 `)
	next.quit()
	v.want("DELE 1", `^\+OK`)
	v.quit()
	if files := s.files("/home/alice/Maildir"); len(files) != 2 {
		s.t.Errorf("messages left: %q", files)
	}
	if got := s.mainPID(); got != pid {
		s.t.Errorf("process %d before, %d after", pid, got)
	}
	s.wantState("tpops.service", "active")
}

// testReloadBroken has systemctl refuse a configuration with an error; all
// goes on with the one before.
func testReloadBroken(s *site) {
	s.userWithMail("alice", letters(3))
	s.userWithMail("bob", letters(1))
	s.configure()
	s.enableDaemon()
	v := s.login("alice")
	pid := s.mainPID()
	for _, broken := range []string{`maildr = "Other"`, `port = `, `auth-type = "passwd-file"`} {
		s.configure(broken)
		if r := s.Output(s.t, "systemctl", "reload", "tpops.service"); r.Code == 0 {
			s.t.Errorf("%s: reload takes it", broken)
		}
		s.wantState("tpops.service", "active")
		v.want("NOOP", `^\+OK`)
		s.login("bob").quit()
	}
	// The journal has the place of the mistake.
	if got := s.do("journalctl", "--quiet", "--no-pager", "--unit=tpops.service"); !strings.Contains(got, "tpops.toml:4:") {
		s.t.Errorf("the journal does not name the place:\n%s", got)
	}
	// Past the check, SIGHUP meets the same.
	s.do("systemctl", "kill", "--signal=HUP", "--kill-who=main", "tpops.service")
	bed.Poll(s.t, "the daemon reports", func() bool { return len(s.events("configuration reload failed")) == 1 })
	v.want("STAT", `^\+OK 3 `)
	s.configure()
	s.do("systemctl", "reload", "tpops.service")
	s.login("bob").quit()
	v.quit()
	if got := s.mainPID(); got != pid {
		s.t.Errorf("process %d before, %d after", pid, got)
	}
}

// events returns the journal's entries of a kind.
func (s *site) events(event string) []bed.Entry {
	s.t.Helper()
	return s.Journal(s.t, "TPOPS_EVENT="+event)
}

// testRestartBroken restarts the daemon with a configuration that it refuses:
// the sessions wait until somebody has corrected it.
func testRestartBroken(s *site) {
	s.userWithMail("alice", letters(3))
	s.configure()
	s.enableDaemon()
	v := s.login("alice")
	v.want("DELE 1", `^\+OK`)
	s.Write(s.t, "/etc/tpops/tpops.toml", "maildr = \"x\"\n", 0o644)
	if r := s.Output(s.t, "systemctl", "restart", "tpops.service"); r.Code == 0 {
		s.t.Error("the daemon starts with a broken configuration")
	}
	s.configure()
	v.want("STAT", `^\+OK 2 `)
	v.quit()
	if files := s.files("/home/alice/Maildir"); len(files) != 2 {
		s.t.Errorf("messages left: %q", files)
	}
	s.wantNoFailure()
}
