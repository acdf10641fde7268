//go:build systemd

package systemd

import (
	"strings"
	"time"

	"tpops/pkg/certs/certstest"
	"tpops/test/bed"
)

// wantCheck fails the test unless the check that the manual recommends has the exit
// code and prints what is wanted.
func (s *site) wantCheck(what string, code int, want string) {
	s.t.Helper()
	r := s.Output(s.t, "tpops", "--check-config")
	printed := r.Stdout + r.Stderr
	if r.Code != code || !strings.Contains(printed, want) {
		s.t.Errorf("%s: exit code %d, want %d with %q:\n%s", what, r.Code, code, want, printed)
	}
	if code != 0 && strings.Contains(printed, "is good") {
		s.t.Errorf("%s: good and bad:\n%s", what, printed)
	}
	if left := s.Shell(s.t, "ls /run /run/systemd/system | grep tpops-check- || :"); left != "" {
		s.t.Errorf("%s: not removed: %s", what, left)
	}
	s.wantNoFailure()
}

// wantGood fails the test unless the check has no complaint.
func (s *site) wantGood(what string) {
	s.t.Helper()
	s.wantCheck(what, 0, "The configuration is good.\n")
}

// keyPair writes a certificate and its key, which only root can read, and returns
// the parameters for it.
func (s *site) keyPair(leaf certstest.Leaf) []string {
	s.t.Helper()
	issued := certstest.NewAuthority(s.t).Issue(s.t, leaf)
	s.Write(s.t, "/etc/tpops/cert.pem", string(issued.Cert), 0o644)
	s.Write(s.t, "/etc/tpops/key.pem", string(issued.Key), 0o600)
	return []string{`tls-cert = "/etc/tpops/cert.pem"`, `tls-key = "/etc/tpops/key.pem"`}
}

// testCheck has root check configurations that are good for root and not for the
// service.
func testCheck(s *site) {
	s.user("alice")
	s.configure()
	const state = "stat -c '%n %U %a' /var/lib/tpops /var/log/tpops; ls -A /var/lib/tpops /var/log/tpops; ls -d /run/tpops* || :"
	before := s.Shell(s.t, state)
	s.wantGood("before the first start")
	s.Write(s.t, "/etc/tpops/other.toml", "maildr = \"x\"\n", 0o644)
	if r := s.Output(s.t, "tpops", "--check-config", "--config=/etc/tpops/other.toml"); r.Code != 78 {
		s.t.Errorf("another file: %d %s", r.Code, r.Stderr)
	}
	s.configure(`maildr = "x"`)
	s.wantCheck("a mistyped parameter", 78, "tpops.toml:4:")

	s.configure(s.keyPair(certstest.Leaf{Names: []string{"mail.example.org"}})...)
	s.wantCheck("a key of root's", 78, "key.pem: permission denied")
	s.wantCheck("a key of root's", 78, "tpops.service runs as the user tpops")
	s.do("cp", "/etc/tpops/tpops.toml", "/etc/tpops/other.toml")
	r := s.Output(s.t, "tpops", "--check-config", "--config=/etc/tpops/other.toml")
	for _, want := range []string{"the user tpops of tpops.service cannot read /etc/tpops/key.pem", "tpops.service runs as the user tpops.\n"} {
		if r.Code != 0 || !strings.Contains(r.Stdout+r.Stderr, want) {
			s.t.Errorf("another file with a key of root's: %d, no %q in %s%s", r.Code, want, r.Stdout, r.Stderr)
		}
	}
	s.do("rm", "/etc/tpops/other.toml")
	s.do("chgrp", "tpops", "/etc/tpops/key.pem")
	s.do("chmod", "640", "/etc/tpops/key.pem")
	s.wantGood("a key of the group tpops")
	s.configure(s.keyPair(certstest.Leaf{Names: []string{"mail.example.org"}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-time.Hour)})...)
	s.do("chgrp", "tpops", "/etc/tpops/key.pem")
	s.do("chmod", "640", "/etc/tpops/key.pem")
	s.wantCheck("an expired certificate", 0, "certificate expired")
	s.wantCheck("an expired certificate", 0, "See the warnings above: 1.")

	s.do("install", "-d", "-m", "0777", "/srv/log")
	s.configure(`access-log = "/srv/log/access.log"`)
	s.wantCheck("a log outside of the sandbox", 78, "/srv/log: read-only file system")
	s.configure(`access-log = "/var/log/tpops/access.log"`)
	s.wantGood("a log in the service's directory")
	s.checkRoots()
	s.configure()
	if after := s.Shell(s.t, state); after != before {
		s.t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}

	s.dropIn("tpops.service", "[Service]\nSupplementaryGroups=\n")
	s.wantCheck("without the group shadow", 78, "/etc/shadow: permission denied")
	s.do("rm", "-r", "/etc/systemd/system/tpops.service.d")
	s.do("systemctl", "daemon-reload")
	s.do("groupdel", "shadow")
	s.wantCheck("no group shadow", 78, "supplementary groups")
}

// checkRoots checks directories of mail that are missing or read-only.
func (s *site) checkRoots() {
	s.t.Helper()
	write := func(roots string) {
		s.Write(s.t, "/etc/tpops/tpops.toml", "parallel-type = \"thread\"\nmail-roots = \""+roots+"\"\n", 0o644)
	}
	write("/srv/mail")
	s.wantCheck("no mail-roots", 78, "mail-roots: stat /srv/mail: no such file or directory")
	write("/home,/srv/mail")
	s.wantCheck("one of mail-roots", 0, "/srv/mail: no such file or directory")
	s.do("mkdir", "/srv/mail")
	s.wantCheck("mail-roots outside of the sandbox", 78, "/srv/mail is read-only")
	s.dropIn("tpops.service", "[Service]\nReadWritePaths=/srv/mail\n")
	s.wantGood("mail-roots in the sandbox")
	s.do("rm", "-r", "/etc/systemd/system/tpops.service.d", "/srv/mail")
	s.do("systemctl", "daemon-reload")
}

// testCheckVirtual checks for a service with another user, credentials, or one
// process for each connection, before the first start and while it serves.
func testCheckVirtual(s *site) {
	s.do("useradd", "--system", "--create-home", "--home-dir", "/var/vmail", "vmail")
	s.Write(s.t, "/etc/tpops/users", "ann:{PLAIN}secret:::::userdb_mail=maildir:/var/vmail/ann\n", 0o600)
	s.configure(`auth-type = "passwd-file"`, `passwd-file = "/etc/tpops/users"`, `access-log = "/var/log/tpops/access.log"`)
	s.wantCheck("the service is tpops", 78, "/etc/tpops/users: permission denied")
	s.dropIn("tpops.service", "vmail.conf")
	s.wantCheck("the service is vmail", 78, "/etc/tpops/users: permission denied")
	s.do("chown", "vmail", "/etc/tpops/users")
	s.wantGood("users of vmail's")
	fix := "sed -i 's/su tpops tpops/su vmail vmail/' /etc/logrotate.d/tpops"
	s.wantCheck("logrotate as another user", 0, fix+"\n")
	s.Shell(s.t, fix)
	if r := s.Output(s.t, "tpops", "--check-config"); r.Stderr != "" {
		s.t.Errorf("logrotate as vmail: %s", r.Stderr)
	}
	if owner := s.do("stat", "-c", "%U", "/var/log/tpops"); owner != "tpops" {
		s.t.Errorf("the check gave the logs to %s", owner)
	}
	s.enableDaemon()
	s.do("systemctl", "start", "tpops.service")
	pid := s.mainPID()
	s.wantGood("while it serves")
	s.do("test", "-d", "/run/tpops")
	s.dropIn("tpops.service", "tls.conf")
	s.wantCheck("a credential that is missing", 78, "redential")
	s.issue(certstest.NewAuthority(s.t), "first")
	s.wantGood("a credential")
	s.configure(`user = "tpops"`, `auth-type = "passwd-file"`, `passwd-file = "/etc/tpops/users"`)
	s.wantCheck("user with another one", 78, "remove user and group, or set User= in a drop-in as in vmail.conf")
	if r := s.Output(s.t, "systemctl", "reload", "tpops.service"); r.Code == 0 {
		s.t.Error("reload takes a user that the service cannot become")
	}
	s.configure(`user = "vmail"`, `auth-type = "passwd-file"`, `passwd-file = "/etc/tpops/users"`)
	s.wantGood("user with the service's own")
	if got := s.mainPID(); got != pid {
		s.t.Errorf("process %d before, %d after", pid, got)
	}
	s.do("systemctl", "restart", "tpops.service")
	s.do("systemctl", "disable", "--now", "tpops.socket")
	s.do("systemctl", "enable", "--now", "tpops-inetd.socket")
	s.configure(`auth-type = "passwd-file"`, `passwd-file = "/etc/tpops/users"`)
	s.wantCheck("one process per connection is tpops", 78, "/etc/tpops/users: permission denied")
	s.do("chown", "tpops", "/etc/tpops/users")
	s.wantGood("one process per connection")
}

// testUserOfService starts the service with a user that it cannot become.
func testUserOfService(s *site) {
	s.dropIn("tpops.service", "[Service]\nAmbientCapabilities=\nCapabilityBoundingSet=\n")
	s.configure(`user = "nobody"`, `auth-type = "passwd-file"`, `passwd-file = "/etc/tpops/users"`)
	s.Write(s.t, "/etc/tpops/users", "ann:{PLAIN}secret:::::userdb_mail=maildir:/var/vmail/ann\n", 0o644)
	s.enableDaemon()
	s.Output(s.t, "systemctl", "start", "tpops.service")
	bed.Poll(s.t, "an event has the reason", func() bool { return len(s.events("fatal error")) > 0 })
	e := s.events("fatal error")[0]
	if !strings.Contains(e.Text("TPOPS_ERROR"), "set User= in a drop-in as in vmail.conf") {
		s.t.Errorf("the reason is %q", e.Text("TPOPS_ERROR"))
	}
	s.do("systemctl", "stop", "tpops.socket", "tpops.service")
}
