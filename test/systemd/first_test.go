//go:build systemd

package systemd

import (
	"bytes"
	"os"
	"strings"

	"tpops/pkg/certs/certstest"
	"tpops/test/bed"
	"tpops/test/corpus"
)

// readmeScript returns the commands of the README below a heading in bold.
func (s *site) readmeScript(heading string) string {
	s.t.Helper()
	text, err := os.ReadFile("../../README.md")
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

// playReadme runs the commands of the README below a heading on a machine that has
// just got the package. The check finds nothing, and so many mails are fetched.
func (s *site) playReadme(heading string, mails int) {
	s.t.Helper()
	got := s.Shell(s.t, s.readmeScript(heading))
	if strings.Count(got, "It works.") != mails || !strings.Contains(got, "The configuration is good.\n") {
		s.t.Errorf("%s: the commands print %q", heading, got)
	}
	for _, e := range s.Journal(s.t, "_SYSTEMD_UNIT=tpops.service", "PRIORITY=0", "PRIORITY=1", "PRIORITY=2", "PRIORITY=3", "PRIORITY=4") {
		s.t.Errorf("%s: the journal has %q", heading, e.Text("MESSAGE"))
	}
	s.wantNoFailure()
}

// testFirstMySQL runs the README's commands for users in MySQL, and then the tools that
// need the password of the database, as root at a shell.
func testFirstMySQL(s *site) {
	s.playReadme("Users in MySQL", 1)
	s.useCredentials()
}

// testFirstSystemUsers runs the README's commands for system users.
func testFirstSystemUsers(s *site) { s.playReadme("System users", 1) }

// testFirstTLS runs the README's commands for TLS.
func testFirstTLS(s *site) { s.playReadme("TLS", 2) }

// testFirstProxy runs the README's commands for a proxy. The machine itself has the
// address that remote.conf allows, and another daemon serves the mailbox there.
func testFirstProxy(s *site) {
	a := certstest.NewAuthority(s.t)
	issued := a.Issue(s.t, certstest.Leaf{Names: []string{"mail1.example.org"}})
	s.Write(s.t, "/srv/cert.pem", string(issued.Cert), 0o644)
	s.Write(s.t, "/srv/key.pem", string(issued.Key), 0o600)
	s.do("mkdir", "-p", "/etc/ssl/certs")
	s.Write(s.t, "/etc/ssl/certs/ca-certificates.crt", string(a.PEM), 0o644)
	s.Write(s.t, "/srv/users", "ann:{PLAIN}secret:::::userdb_mail=maildir:/srv/ann\n", 0o600)
	s.Write(s.t, "/srv/backend.toml", `parallel-type = "thread"
port = "192.0.2.10:1110"
tls-port = "192.0.2.10:995"
tls-cert = "/srv/cert.pem"
tls-key = "/srv/key.pem"
user = "nobody"
auth-type = "passwd-file"
passwd-file = "/srv/users"
`, 0o644)
	s.Shell(s.t, `ip address add 192.0.2.10/32 dev lo
		echo 192.0.2.10 mail1.example.org >>/etc/hosts
		install -d -o nobody /srv/ann /srv/ann/new /srv/ann/cur /srv/ann/tmp
		printf 'Subject: first mail\n\nIt works.\n' >/srv/ann/new/1.first
		chown nobody /srv/cert.pem /srv/key.pem /srv/users /srv/ann/new/1.first
		systemd-run --unit=backend tpops --fg --config=/srv/backend.toml`)
	bed.Poll(s.t, "the other server listens", func() bool { return strings.Contains(s.listening(), "192.0.2.10:995") })
	s.playReadme("A proxy", 1)
	s.keepProxied()
}

// keepProxied restarts a proxy with a session in each state, in all models. With thread the
// session before login goes to the next process; the others go on in the old one.
func (s *site) keepProxied() {
	s.t.Helper()
	text := s.Read(s.t, "/etc/tpops/tpops.toml")
	for _, kind := range []string{"thread", "prefork", "fork"} {
		s.Write(s.t, "/etc/tpops/tpops.toml", strings.ReplaceAll(text, `"thread"`, `"`+kind+`"`), 0o644)
		s.do("systemctl", "restart", "tpops.service")
		s.Shell(s.t, "rm -rf /srv/ann/new /srv/ann/cur")
		s.deliver("/srv/ann", "nobody", letters(3))
		marked, before := s.visit(), s.visit()
		marked.want("USER ann", `^\+OK`)
		marked.want("PASS secret", `^\+OK`)
		marked.want("DELE 1", `^\+OK`)
		before.want("USER ann", `^\+OK`)
		s.do("systemctl", "restart", "tpops.service")
		marked.want("LIST 1", `^-ERR`)
		if got, want := marked.multi("RETR 3"), corpus.Wire(letters(3)[2].Data); !bytes.Equal(got, want) {
			s.t.Errorf("%s: %d octets, not the message of %d", kind, len(got), len(want))
		}
		marked.quit()
		before.want("PASS secret", `^\+OK`)
		before.want("STAT", `^\+OK 2 `)
		before.quit()
	}
	s.wantNoFailure()
}

// testFirstUsersFile runs the README's commands for users in a file on a machine
// that has just got the package, and rotates the access log.
func testFirstUsersFile(s *site) {
	s.playReadme("Users in a file", 1)
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
