//go:build systemd

package systemd

import (
	"strings"

	"tpops/test/bed"
	"tpops/test/corpus"
)

// restarts returns how often systemd has restarted the daemon on its own.
func (s *site) restarts() string { return s.property("tpops.service", "NRestarts") }

// testKill ends the daemon as the kernel does when memory is short. Sessions
// are lost; mail, locks and the port are not.
func testKill(s *site) {
	s.userWithMail("alice", letters(3))
	s.configure()
	s.enableDaemon()
	v := s.login("alice")
	v.want("DELE 1", `^\+OK`)
	pid := s.mainPID()
	s.killServing()
	v.closed()
	again := s.login("alice") // waits in the socket's queue until the daemon is back
	again.want("STAT", `^\+OK 3 `)
	again.quit()
	if now := s.mainPID(); now == pid {
		s.t.Error("the daemon is still the same")
	}
	if got := s.restarts(); got != "1" {
		s.t.Errorf("restarts: %s", got)
	}
	// More often than systemd's default limit would allow.
	for range 7 {
		s.killServing()
		s.login("alice").quit()
	}
	// The process that serves ends with the main process.
	pid = s.mainPID()
	s.do("systemctl", "kill", "--signal=KILL", "--kill-who=main", "tpops.service")
	bed.Poll(s.t, "another daemon serves", func() bool {
		now := s.mainPID()
		return now != 0 && now != pid && s.property("tpops.service", "ActiveState") == "active"
	})
	s.login("alice").quit()
	s.wantState("tpops.socket", "active")
	s.wantNoFailure()
	if left := s.do("find", "/", "-xdev", "-name", "core*", "-newer", "/etc/tpops/tpops.toml", "-type", "f", "-path", "/core*"); left != "" {
		s.t.Errorf("core files, which hold passwords: %s", left)
	}
}

// testWatchdog stops the daemon's process, so that it neither serves nor ends.
func testWatchdog(s *site) {
	s.userWithMail("alice", letters(3))
	s.configure()
	s.dropIn("tpops.service", "[Service]\nWatchdogSec=2s\n")
	s.enableDaemon()
	s.login("alice").quit()
	pid := s.mainPID()
	s.do("systemctl", "kill", "--signal=STOP", "--kill-who=main", "tpops.service")
	// A client that connects meanwhile may be reset: what is aborted goes on first, for long
	// enough to accept.
	bed.Poll(s.t, "another process serves", func() bool {
		now := s.mainPID()
		return now != 0 && now != pid && s.property("tpops.service", "ActiveState") == "active"
	})
	v := s.login("alice")
	v.want("STAT", `^\+OK 3 `)
	v.quit()
	bed.Poll(s.t, "systemd reports the reason", func() bool {
		return strings.Contains(s.do("journalctl", "--quiet", "--no-pager", "--unit=tpops.service"), "Watchdog timeout")
	})
	// One that is left alone is not restarted.
	now := s.mainPID()
	fed := s.property("tpops.service", "WatchdogTimestampMonotonic")
	bed.Poll(s.t, "the watchdog is fed", func() bool {
		return s.property("tpops.service", "WatchdogTimestampMonotonic") != fed
	})
	if s.mainPID() != now {
		s.t.Error("the daemon was restarted once more")
	}
	s.wantNoFailure()
}

// testStop ends the sessions: work is finished first, and nothing is deleted
// for which no QUIT came.
func testStop(s *site) {
	s.userWithMail("alice", letters(3))
	s.userWithMail("bob", bigLetter())
	s.enableDaemon()
	marked, busy := s.login("alice"), s.login("bob")
	marked.want("DELE 1", `^\+OK`)
	busy.want("RETR 1", `^\+OK`)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		if r, err := s.Try("systemctl", "stop", "tpops.socket", "tpops.service"); err != nil || r.Code != 0 {
			s.t.Errorf("stop: %v, %+v", err, r)
		}
	}()
	bed.Poll(s.t, "the daemon stops", func() bool { return s.property("tpops.service", "ActiveState") == "deactivating" })
	if err := busy.restOf(corpus.Wire(bigLetter()[0].Data)); err != nil {
		s.t.Errorf("the message under way: %v", err)
	}
	for _, v := range []*visit{marked, busy} {
		for line, err := v.Line(); err == nil; line, err = v.Line() {
			s.t.Logf("last words: %s", line)
		}
	}
	<-stopped
	s.wantState("tpops.service", "inactive")
	s.wantNoFailure()
	if files := s.files("/home/alice/Maildir"); len(files) != 3 {
		s.t.Errorf("messages left: %q", files)
	}
	if conn, err := s.Dial(pop3Port); err == nil {
		conn.Close()
		s.t.Error("the port is still open")
	}
}
