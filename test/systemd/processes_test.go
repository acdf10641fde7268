//go:build systemd

package systemd

import (
	"fmt"
	"strings"

	"tpops/test/bed"
	"tpops/test/corpus"
)

func testPrefork(s *site) { s.serveByProcesses("prefork") }

func testFork(s *site) { s.serveByProcesses("fork") }

// serveByProcesses has a parallel-type that serves connections by processes
// live through what happens to a service.
func (s *site) serveByProcesses(kind string) {
	s.userWithMail("alice", letters(3))
	s.deliver("/home/alice/Other", "alice", letters(1))
	s.userWithMail("bob", bigLetter())
	s.userWithMail("carol", bigLetter())
	s.dropIn("tpops.service", "[Service]\nWatchdogSec=6s\n") // shorter than a drain
	s.configureType(kind)
	s.enableDaemon()
	s.wantState("tpops.service", "inactive")

	alice := s.login("alice")
	s.wantState("tpops.service", "active")
	s.wantStatus("1 sessions, 1 mailboxes, 1 logins since start, version " + firstVersion)
	if got, want := s.processesOf("alice"), map[string]int{"fork": 1}[kind]; got != want {
		s.t.Errorf("%d processes belong to alice, want %d", got, want)
	}
	s.reloadProcesses(kind, alice)
	s.wantFed()
	s.restartProcesses()
	s.wantStatus("0 sessions, 0 mailboxes, ")
	s.wantFed()
	s.killParent()
	s.stopProcesses()
	for _, event := range []string{"child failed", "child start failed", "session takeover failed", "self-test failed"} {
		if told := s.events(event); len(told) > 0 {
			s.t.Errorf("the journal has %v", told)
		}
	}
}

// wantStatus waits until the status line begins with text.
func (s *site) wantStatus(text string) {
	s.t.Helper()
	bed.Poll(s.t, "the status "+text, func() bool {
		return strings.HasPrefix(s.property("tpops.service", "StatusText"), text)
	})
}

// processesOf returns how many processes a user has.
func (s *site) processesOf(user string) int {
	s.t.Helper()
	// A process may end while grep looks.
	return strings.Count(s.Shell(s.t, `grep -l "^Uid:[[:space:]]*$(id -u "$1")[[:space:]]" /proc/[0-9]*/status 2>/dev/null || true`, user), "\n")
}

// reloadProcesses changes the configuration while alice is at work.
func (s *site) reloadProcesses(kind string, alice *visit) {
	s.t.Helper()
	pid := s.mainPID()
	s.configureType(kind, `maildir = "Other"`)
	s.do("systemctl", "reload", "tpops.service")
	bed.Poll(s.t, "the configuration is read", func() bool { return len(s.events("configuration reloaded")) == 1 })
	next := s.login("alice")
	next.want("STAT", `^\+OK 1 `)
	next.quit()
	alice.want("STAT", `^\+OK 3 `)
	alice.quit()
	s.configureType(kind)
	s.do("systemctl", "reload", "tpops.service")
	bed.Poll(s.t, "the configuration is read", func() bool { return len(s.events("configuration reloaded")) == 2 })
	if got := s.mainPID(); got != pid {
		s.t.Errorf("process %d before, %d after", pid, got)
	}
}

// wantFed waits until the watchdog was fed twice by the same process.
func (s *site) wantFed() {
	s.t.Helper()
	pid := s.mainPID()
	for range 2 {
		fed := s.property("tpops.service", "WatchdogTimestampMonotonic")
		bed.Poll(s.t, "the watchdog is fed", func() bool {
			return s.property("tpops.service", "WatchdogTimestampMonotonic") != fed
		})
	}
	if got := s.mainPID(); got != pid {
		s.t.Errorf("process %d before, %d after", pid, got)
	}
}

// restartProcesses restarts the daemon with sessions at work: they go on, and new clients
// are served meanwhile.
func (s *site) restartProcesses() {
	s.t.Helper()
	pid := s.mainPID()
	greeted, alice, bob := s.visit(), s.login("alice"), s.login("bob")
	alice.want("DELE 1", `^\+OK`)
	bob.want("RETR 1", `^\+OK`)
	s.do("systemctl", "restart", "tpops.service")
	if now := s.mainPID(); now == pid || now == 0 {
		s.t.Errorf("process %d before, %d after", pid, now)
	}
	if kept := s.events("sessions kept"); len(kept) != 1 || kept[0].Text("TPOPS_SESSIONS") != "3" {
		s.t.Errorf("the journal has %v", kept)
	}
	s.login("carol").quit()
	if err := bob.restOf(corpus.Wire(bigLetter()[0].Data)); err != nil {
		s.t.Errorf("the message under way: %v", err)
	}
	bob.want("NOOP", `^\+OK`)
	bob.quit()
	alice.want("STAT", `^\+OK 2 `)
	alice.want("RSET", `^\+OK`)
	alice.quit()
	greeted.login("alice")
	greeted.quit()
	s.wantAllMail()
}

// wantAllMail checks that no mail was deleted, and nothing failed.
func (s *site) wantAllMail() {
	s.t.Helper()
	for user, want := range map[string]int{"alice": 3, "bob": 1, "carol": 1} {
		if got := s.files("/home/" + user + "/Maildir"); len(got) != want {
			s.t.Errorf("%s has %q, want %d messages", user, got, want)
		}
	}
	s.wantNoFailure()
}

// killParent kills the daemon: its children go with it, and systemd starts
// another.
func (s *site) killParent() {
	s.t.Helper()
	alice := s.login("alice")
	alice.want("DELE 1", `^\+OK`)
	pid := s.mainPID()
	s.killServing()
	alice.closed()
	s.login("alice").quit()
	if now := s.mainPID(); now == pid || s.restarts() != "1" {
		s.t.Errorf("process %d before, %d after, %s restarts", pid, now, s.restarts())
	}
	s.wantAllMail()
}

// stopProcesses ends the sessions and all processes.
func (s *site) stopProcesses() {
	s.t.Helper()
	alice := s.login("alice")
	alice.want("DELE 1", `^\+OK`)
	group := "/sys/fs/cgroup" + s.property("tpops.service", "ControlGroup")
	s.do("systemctl", "stop", "tpops.socket", "tpops.service")
	alice.closed()
	s.wantState("tpops.service", "inactive")
	if left := s.Shell(s.t, fmt.Sprintf("cat %s/cgroup.procs 2>/dev/null || true", group)); left != "" {
		s.t.Errorf("processes are left: %q", left)
	}
	if conn, err := s.Dial(pop3Port); err == nil {
		conn.Close()
		s.t.Error("the port is still open")
	}
	s.wantAllMail()
}
