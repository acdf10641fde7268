//go:build systemd

package systemd

import (
	"regexp"
	"strings"

	"tpops/pkg/certs/certstest"
	"tpops/test/bed"
)

// setup runs tpopsctl setup with a password, and returns its output and its undo line.
func (s *site) setup(options string) (out, undo string) {
	s.t.Helper()
	return s.setupBy("echo secret | tpopsctl setup --yes " + options + " 2>&1")
}

// setupBy runs a command that sets the service up.
func (s *site) setupBy(command string) (out, undo string) {
	s.t.Helper()
	out = strings.ReplaceAll(s.Shell(s.t, command), "\r", "")
	if m := regexp.MustCompile(`(?m)^To undo:\n +(.*)$`).FindStringSubmatch(out); m != nil {
		undo = m[1]
	}
	s.wantNoFailure()
	return out, undo
}

// wantSetup fails the test unless the output has each text.
func (s *site) wantSetup(what, out string, texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if !strings.Contains(out, text) {
			s.t.Errorf("%s: %q is missing in:\n%s", what, text, out)
		}
	}
}

// testSetup sets the service up for each kind of users, one after the other on the same
// machine, and undoes the last.
func testSetup(s *site) {
	packaged := s.Read(s.t, "/etc/tpops/tpops.toml")
	out, undo := s.setupBy("printf '%s\\n' system none ann secret secret yes | script -qec 'tpopsctl setup' /dev/null")
	s.wantSetup("system", out, "ann has logged in at port 110: 0 messages.\n", "create the system user ann", "This keeps: user ann, /home/ann/Maildir.")
	if out, again := s.setup("--login ann"); again != "" {
		s.t.Errorf("a second run has something to undo: %s", out)
	} else {
		s.wantSetup("again", out, "All files are as they should be.\n", "ann has logged in at port 110: 0 messages.\n")
	}
	s.Shell(s.t, undo)
	if s.Read(s.t, "/etc/tpops/tpops.toml") != packaged || strings.Contains(s.listening(), ":110 ") {
		s.t.Errorf("not undone by %s", undo)
	}

	s.issue(certstest.NewAuthority(s.t), "first")
	s.do("mkdir", "/etc/letsencrypt/renewal-hooks")
	out, _ = s.setup("--users file --login bob@example.org --tls-cert " + liveCertificate + "/fullchain.pem --tls-key " + liveCertificate + "/privkey.pem --port 1110")
	s.wantSetup("file", out, "bob@example.org has logged in at port 1110: 0 messages.\n", "bob@example.org has logged in at port 995 with TLS: 0 messages.\n")
	if got := s.do("stat", "-c", "%U %G %a", "/etc/tpops/users", "/var/vmail/bob@example.org"); got != "root vmail 640\nvmail vmail 700" {
		s.t.Errorf("owners and modes %s", got)
	}
	s.do("/etc/letsencrypt/renewal-hooks/deploy/tpops")
	s.wantTool("check with TLS", 0, "The service has ", "tpopsctl", "check", "--offline")
	s.do("systemctl", "stop", "tpops.socket", "tpops-tls.socket", "tpops.service")
	s.wantTool("check of a user without the service", 0, "because tpops is not running", "tpopsctl", "check", "bob@example.org")
	s.do("systemctl", "start", "tpops.socket", "tpops-tls.socket")

	before := s.Read(s.t, "/etc/tpops/tpops.toml")
	out, undo = s.setup("--users mysql --login carol --port 110")
	s.wantSetup("mysql", out, "carol has logged in at port 110: 0 messages.\n", "carol has logged in at port 995 with TLS: 0 messages.\n")
	if got := s.do("stat", "-c", "%U %G %a", "/etc/tpops/mysql-passwd"); got != "root root 600" {
		s.t.Errorf("password of the database: %s", got)
	}
	if password := strings.TrimSpace(s.Read(s.t, "/etc/tpops/mysql-passwd")); strings.Contains(out, password) || strings.Contains(out, "secret\n") {
		s.t.Errorf("a password is shown: %s", out)
	}
	s.Shell(s.t, undo)
	if s.Read(s.t, "/etc/tpops/tpops.toml") != before {
		s.t.Errorf("not undone by %s", undo)
	}
	s.wantNoFailure()
	s.setupTaken()
}

// setupTaken has another program at the port: nothing is changed.
func (s *site) setupTaken() {
	s.t.Helper()
	s.do("systemctl", "disable", "--now", "tpops.socket", "tpops-tls.socket")
	s.do("systemd-run", "--unit=taken", "nc", "-lk", "127.0.0.1", "2110")
	bed.Poll(s.t, "nc listens", func() bool { return strings.Contains(s.listening(), ":2110 ") })
	before := s.do("find", "/etc/tpops", "/etc/systemd/system", "-type", "f", "-printf", "%p %T@\\n")
	r := s.Output(s.t, "tpopsctl", "setup", "--yes", "--port", "2110")
	if r.Code != 69 || !strings.Contains(r.Stderr, "port 2110 is in use by nc (process ") {
		s.t.Errorf("a port in use: %d %s%s", r.Code, r.Stdout, r.Stderr)
	}
	if after := s.do("find", "/etc/tpops", "/etc/systemd/system", "-type", "f", "-printf", "%p %T@\\n"); after != before {
		s.t.Errorf("changed:\n%s\nto\n%s", before, after)
	}
}
