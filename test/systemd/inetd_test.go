//go:build systemd

package systemd

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"tpops/test/bed"
	"tpops/test/daemon"
)

// instances returns the names of the services that serve one connection each.
func (s *site) instances() []string {
	s.t.Helper()
	list := s.do("systemctl", "list-units", "--no-legend", "--plain", "--full", "--all", "tpops-inetd@*.service")
	var names []string
	for line := range strings.Lines(list) {
		names = append(names, strings.Fields(line)[0])
	}
	return names
}

// enableInetd enables tpops-inetd.socket.
func (s *site) enableInetd() {
	s.t.Helper()
	s.do("systemctl", "enable", "--now", "tpops-inetd.socket")
}

// wantNoInstances waits until no process for a connection is left.
func (s *site) wantNoInstances() {
	s.t.Helper()
	bed.Poll(s.t, "the instances end", func() bool { return len(s.instances()) == 0 })
	s.wantNoFailure()
}

// testInetd serves each connection by a process of its own.
func testInetd(s *site) {
	messages := letters(4)
	s.userWithMail("alice", messages)
	s.userWithMail("bob", messages[:2])
	s.configure(usageFile)
	s.enableInetd()
	alice, bob := s.login("alice"), s.login("bob")
	if got := s.instances(); len(got) != 2 || !strings.Contains(got[0], "127.0.0.1:110-127.0.0.1:") {
		s.t.Errorf("instances %q", got)
	}
	alice.wantMessages(messages)
	bob.wantMessages(messages[:2])
	alice.want("DELE 1", `^\+OK`)
	alice.quit()
	bob.quit()
	if files := s.files("/home/alice/Maildir"); len(files) != 3 {
		s.t.Errorf("messages left: %q", files)
	}
	s.wantNoInstances()
	s.wantUsage("alice", "bob")

	// A session that is killed leaves no failed unit, nor does one that fails.
	victim := s.login("alice")
	s.do("systemctl", "kill", "--signal=KILL", s.instances()[0])
	victim.closed()
	v := s.visit()
	v.want("USER alice", `^\+OK`)
	v.want("PASS wrong", `^-ERR \[AUTH\]`)
	v.closed()
	s.wantNoInstances()
	// A burst of connections, more than there may be at once, does not switch
	// the port off.
	for range 250 {
		conn, err := s.Dial(pop3Port)
		if err != nil {
			s.t.Fatal(err)
		}
		conn.Close()
	}
	s.wantNoInstances()
	s.takeOverInetd("bob", 2)
}

// testBecomes shows that the process of a session is its user for good, in
// every thread.
func testBecomes(s *site) {
	s.user("alice")
	s.do("usermod", "--append", "--groups", "games", "alice")
	s.enableInetd()
	v := s.login("alice")
	inner, err := strconv.Atoi(s.property(s.instances()[0], "MainPID"))
	if err != nil {
		s.t.Fatal(err)
	}
	uid, gid := s.do("id", "-u", "alice"), s.do("id", "-g", "alice")
	games := s.do("getent", "group", "games")
	games = strings.Split(games, ":")[2]
	for field, want := range map[string][]string{
		"Uid": {uid, uid, uid, uid}, "Gid": {gid, gid, gid, gid}, "Groups": {games},
		"CapEff": {"0000000000000000"}, "CapPrm": {"0000000000000000"}, "CapAmb": {"0000000000000000"},
		"NoNewPrivs": {"1"}, "Seccomp": {"2"},
	} {
		threads, err := daemon.Status(s.HostPID(s.t, inner), field)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, got := range threads {
			words := strings.Fields(got)
			if field == "Groups" { // may hold the first group as well
				words = slices.DeleteFunc(words, func(group string) bool { return group == gid })
			}
			if slices.Equal(words, want) {
				continue
			}
			s.t.Errorf("%s of a thread is %q, want %q", field, got, want)
		}
	}
	v.quit()
}

// testInetdSurvives shows that nothing that is done to socket or package ends
// a session, and that new ones have the new version.
func testInetdSurvives(s *site) {
	messages := letters(3)
	s.userWithMail("alice", messages)
	s.userWithMail("bob", nil)
	s.enableInetd()
	v := s.login("alice")
	s.do("systemctl", "restart", "tpops-inetd.socket")
	v.want("NOOP", `^\+OK`)
	s.install(nextVersion)
	v.want("DELE 1", `^\+OK`)
	other := s.login("bob")
	if got := other.version(); got != nextVersion {
		s.t.Errorf("a new session is served by %s", got)
	}
	other.quit()
	s.do("dpkg", "--remove", "tpops")
	v.want("STAT", `^\+OK 2 `)
	v.quit()
	if files := s.files("/home/alice/Maildir"); len(files) != 2 {
		s.t.Errorf("messages left: %q", files)
	}
	s.wantNoInstances()
}

// testChangeToInetd carries out the manual's change from the daemon to one process
// per connection, while a client is connected, and back. A session logs nothing
// that looks like an error.
func testChangeToInetd(s *site) {
	s.userWithMail("alice", letters(2))
	s.do("systemctl", "enable", "--now", "tpops.socket", "tpops-tls.socket")
	v := s.login("alice")
	for _, line := range s.manualLines("tpops-systemd", "To change to one process per connection:") {
		s.Shell(s.t, line)
	}
	v.closed()
	s.wantState("tpops.service", "inactive")
	if open := s.listening(); !strings.Contains(open, ":110") || strings.Contains(open, ":995") {
		s.t.Errorf("listening: %s", open)
	}
	v = s.login("alice")
	if got := s.instances(); len(got) != 1 {
		s.t.Errorf("instances %q", got)
	}
	v.multi("RETR 1")
	v.quit()
	s.wantNoInstances()
	for _, e := range s.Journal(s.t, "SYSLOG_IDENTIFIER=tpops", "PRIORITY=0", "PRIORITY=1", "PRIORITY=2", "PRIORITY=3", "PRIORITY=4") {
		if e.Text("TPOPS_EVENT") != "TLS not configured" { // the daemon's, before
			s.t.Errorf("the journal has %q", e.Text("MESSAGE"))
		}
	}
	for _, line := range s.manualLines("tpops-systemd", "To change back:") {
		s.Shell(s.t, line)
	}
	s.login("alice").quit()
	s.wantState("tpops.service", "active")
	s.wantNoFailure()
}

// manualLines returns the commands in the literal block of a manual page that
// follows a line of text.
func (s *site) manualLines(page, text string) []string {
	s.t.Helper()
	content, err := os.ReadFile("../../man/" + page + ".7")
	if err != nil {
		s.t.Fatal(err)
	}
	_, below, found := strings.Cut(string(content), text+"\n.Bd -literal -offset indent\n")
	block, _, closed := strings.Cut(below, "\n.Ed\n")
	if !found || !closed {
		s.t.Fatalf("the page has no commands below %q", text)
	}
	return strings.Split(strings.ReplaceAll(block, `\-`, "-"), "\n")
}

// testSocketsConflict changes from one way to run to the other and back.
func testSocketsConflict(s *site) {
	s.user("alice")
	s.enableDaemon()
	s.login("alice").quit()
	s.do("systemctl", "start", "tpops-inetd.socket")
	s.wantState("tpops.socket", "inactive")
	s.login("alice").quit()
	s.wantNoInstances()
	s.do("systemctl", "start", "tpops.socket")
	s.wantState("tpops-inetd.socket", "inactive")
	v := s.login("alice")
	if got := s.instances(); len(got) != 0 {
		s.t.Errorf("served by %q", got)
	}
	v.quit()
	s.wantNoFailure()
}
