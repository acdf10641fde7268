//go:build systemd

package systemd

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tpops/test/bed"
	"tpops/test/corpus"
)

// testFirstConnection shows that the first connection starts the daemon, on
// either protocol version.
func testFirstConnection(s *site) {
	s.user("alice")
	s.enableDaemon()
	s.wantState("tpops.service", "inactive")
	v := s.login("alice")
	s.wantState("tpops.service", "active")
	if got := v.version(); got != firstVersion {
		s.t.Errorf("version %s", got)
	}
	v.quit()
	six := s.visitAt("[::1]:110")
	six.login("alice")
	six.quit()
	if open := s.listening(); strings.Count(open, "\n") != 0 || !strings.Contains(open, ":110 ") {
		s.t.Errorf("besides port 110 something listens: %s", open)
	}
	s.wantNoFailure()
}

// usageFile is the line of the packages that has logins recorded.
const usageFile = `usage-file = "/var/lib/tpops/usage"`

// wantUsage waits until a login of each user is recorded.
func (s *site) wantUsage(users ...string) {
	s.t.Helper()
	bed.Poll(s.t, "the logins are recorded", func() bool {
		got := s.Output(s.t, "tpopsctl", "usage").Stdout
		return !slices.ContainsFunc(users, func(user string) bool { return !strings.Contains(got, "\n"+user+" ") })
	})
}

// testSystemUsers fetches and deletes as users of the system, with every kind
// of message.
func testSystemUsers(s *site) {
	messages := corpus.Messages(7, 60)
	s.userWithMail("alice", messages)
	s.userWithMail("bob", messages[:5])
	s.configure("maildir-use-filesize = false", "maildir-extended = false", usageFile)
	s.enableDaemon()

	v := s.login("alice")
	v.wantMessages(messages)
	v.want("DELE 2", `^\+OK`)
	v.want("DELE 60", `^\+OK`)
	v.want("STAT", `^\+OK 58 `)
	v.quit()
	if files := s.files("/home/alice/Maildir"); len(files) != 58 {
		s.t.Errorf("%d messages are left", len(files))
	}
	s.wantOwner("/home/alice/Maildir", "alice")
	v = s.login("alice")
	v.wantMessages(slices.Concat(messages[:1], messages[2:59]))
	v.quit()
	v = s.login("bob")
	v.wantMessages(messages[:5])
	v.quit()
	s.wantUsage("alice", "bob")

	v = s.visit()
	v.want("USER alice", `^\+OK`)
	v.want("PASS wrong", `^-ERR \[AUTH\]`)
	v.closed()
	s.wantNoFailure()
}

// wantOwner fails the test if anything in the folder belongs to somebody else.
func (s *site) wantOwner(folder, user string) {
	s.t.Helper()
	if got := s.do("find", folder, "!", "-user", user); got != "" {
		s.t.Errorf("not owned by %s: %s", user, got)
	}
}

// virtualUsers sets up auth-type=mysql with a user of the mail and the
// password of the database as a credential, as the examples say.
func (s *site) virtualUsers() {
	s.t.Helper()
	s.do("useradd", "--system", "--create-home", "--home-dir", "/var/vmail", "--shell", "/usr/sbin/nologin", "vmail")
	s.dropIn("tpops.service", "vmail.conf")
	s.dropIn("tpops.service", "mysql-passwd.conf")
	s.Write(s.t, "/etc/tpops/mysql-passwd", "data base\n", 0o600)
	s.Shell(s.t, `mariadb -e "create database tpops; create user tpops@localhost identified by 'data base'; grant select on tpops.* to tpops@localhost"
		mariadb tpops </usr/share/doc/tpops/examples/tpops_auth-mysql.sql`)
	s.configure(`auth-type = "mysql"`, `mysql-server = "/run/mysqld/mysqld.sock"`, `mysql-user = "tpops"`, `mysql-db = "tpops"`)
}

// virtualUser adds a row and a mailbox.
func (s *site) virtualUser(name string, messages []corpus.Message) {
	s.t.Helper()
	maildir := "/var/vmail/" + name
	s.deliver(maildir, "vmail", messages)
	s.Shell(s.t, `mariadb tpops -e "insert into user (login, passwd, mail, maildir) values ('$1', '$2', '$1@example.org', '$3')"`,
		name, userPassword, maildir)
}

// testDatabase serves virtual users from a database in the same machine, also
// while that is restarted.
func testDatabase(s *site) {
	s.virtualUsers()
	messages := letters(5)
	s.virtualUser("carol", messages)
	s.enableDaemon()
	v := s.login("carol")
	v.wantMessages(messages)
	v.want("DELE 1", `^\+OK`)
	v.quit()
	if files := s.files("/var/vmail/carol"); len(files) != 4 {
		s.t.Errorf("messages left: %q", files)
	}
	v = s.visit()
	v.want("USER carol", `^\+OK`)
	v.want("PASS wrong", `^-ERR \[AUTH\]`)

	s.do("systemctl", "stop", "mariadb.socket", "mariadb.service")
	v = s.visit()
	v.want("USER carol", `^\+OK`)
	v.want("PASS "+userPassword, `^-ERR \[SYS/TEMP\]`)
	s.do("systemctl", "start", "mariadb.service")
	s.login("carol").quit()
	if got := s.property("tpops.service", "NRestarts"); got != "0" {
		s.t.Errorf("restarts: %s", got)
	}
}

// testSeveralSockets has the daemon serve more ports and a socket in the file
// system, added in the ways that an administrator has.
func testSeveralSockets(s *site) {
	s.user("alice")
	s.dropIn("tpops.socket", "[Socket]\nListenStream=127.0.0.1:1110\nListenStream=/run/tpops-test\n")
	s.enableDaemon()
	v := s.visitAt("127.0.0.1:1110")
	v.login("alice")
	v.quit()
	s.login("alice").quit()
	got := s.Shell(s.t, `printf 'CAPA\r\nQUIT\r\n' | nc -NU /run/tpops-test`)
	if !regexp.MustCompile(`(?s)^\+OK .*\r\nUIDL\r\n.*\+OK [^\n]*\n$`).MatchString(got) {
		s.t.Errorf("over the socket in the file system: %q", got)
	}
	s.wantNoFailure()
}

// testNoSocket runs the service without a socket, as in an example.
func testNoSocket(s *site) {
	s.user("alice")
	s.dropIn("tpops.service", "no-socket.conf")
	s.Write(s.t, "/etc/systemd/system/tpops.service.d/system-users.conf",
		"[Service]\nAmbientCapabilities=CAP_SETUID CAP_SETGID\nCapabilityBoundingSet=CAP_SETUID CAP_SETGID\n", 0o644)
	s.do("systemctl", "daemon-reload")
	s.do("systemctl", "enable", "--now", "tpops.service")
	s.login("alice").quit() // ready means that it listens
	s.do("systemctl", "restart", "tpops.service")
	s.login("alice").quit()
	s.wantState("tpops.socket", "inactive")
	s.wantNoFailure()
}

// testStatus reads the status that the daemon sends to systemd.
func testStatus(s *site) {
	s.user("alice")
	s.enableDaemon()
	s.login("alice")
	bed.Poll(s.t, "the status counts a session", func() bool {
		status := s.property("tpops.service", "StatusText")
		return regexp.MustCompile(`\b1 sessions?\b`).MatchString(status) && strings.Contains(status, firstVersion)
	})
	for _, show := range []string{"NotifyAccess=main", "Type=notify", "WatchdogUSec=1min"} {
		name, want, _ := strings.Cut(show, "=")
		if got := s.property("tpops.service", name); got != want {
			s.t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if got := s.property("tpops.service", "WatchdogTimestampMonotonic"); got == "0" || got == "" {
		s.t.Errorf("the watchdog was not fed: %s", fmt.Sprint(got))
	}
}
