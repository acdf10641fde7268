//go:build systemd

package systemd

import (
	"strings"
)

// allUnits are those that the package brings, but for the template.
var allUnits = []string{"tpops.socket", "tpops-tls.socket", "tpops-inetd.socket", "tpops.service"}

// listening returns the machine's listening TCP sockets.
func (s *site) listening() string {
	s.t.Helper()
	return s.do("ss", "--no-header", "--tcp", "--listening", "--numeric")
}

// testInstall shows that nothing listens after the installation, and that
// nothing has failed.
func testInstall(s *site) {
	for _, unit := range allUnits {
		s.wantState(unit, "inactive")
		if got := s.Output(s.t, "systemctl", "is-enabled", unit); strings.TrimSpace(got.Stdout) != "disabled" {
			s.t.Errorf("%s is %s", unit, got.Stdout)
		}
	}
	if open := s.listening(); open != "" {
		s.t.Errorf("after the installation something listens: %s", open)
	}
	s.wantNoFailure()
	s.do("/usr/sbin/tpops", "--check-config")
	if got := s.do("/usr/sbin/tpops", "--version"); !strings.Contains(got, firstVersion) {
		s.t.Errorf("tpops --version: %s", got)
	}
	if got := s.do("getent", "passwd", "tpops"); !strings.Contains(got, "nologin") {
		s.t.Errorf("the user of the daemon: %s", got)
	}
	if got := s.do("dpkg", "--verify", "tpops"); got != "" {
		s.t.Errorf("files are not as in the package: %s", got)
	}
	// A second installation of the same version changes nothing.
	s.install(firstVersion)
	if open := s.listening(); open != "" {
		s.t.Errorf("after the second installation something listens: %s", open)
	}
}

// testRemove shows what stays: the configuration until purge, mail for ever.
func testRemove(s *site) {
	messages := letters(3)
	s.userWithMail("alice", messages)
	s.configure("# kept")
	s.enableDaemon()
	s.login("alice").quit()

	s.do("dpkg", "--remove", "tpops")
	if open := s.listening(); open != "" {
		s.t.Errorf("after the removal something listens: %s", open)
	}
	s.wantNoFailure()
	if got := s.Read(s.t, "/etc/tpops/tpops.toml"); !strings.Contains(got, "# kept") {
		s.t.Errorf("the configuration after the removal: %s", got)
	}
	// What was enabled is so again.
	s.install(firstVersion)
	s.do("systemctl", "start", "tpops.socket")
	v := s.login("alice")
	v.wantMessages(messages)
	v.quit()

	s.do("dpkg", "--purge", "tpops")
	if left := s.do("find", "/etc", "/usr", "/var/lib", "/var/log", "-xdev", "-path", "*tpops*",
		"-not", "-path", "/var/log/journal/*", "-not", "-path", "/etc/*/multi-user*"); left != "" {
		s.t.Errorf("left after purge: %s", left)
	}
	if files := s.files("/home/alice/Maildir"); len(files) != len(messages) {
		s.t.Errorf("mail after purge: %q", files)
	}
	s.wantNoFailure()
	s.install(nextVersion)
	if open := s.listening(); open != "" {
		s.t.Errorf("after purge and installation something listens: %s", open)
	}
}

// testUnits has systemd itself look at the units.
func testUnits(s *site) {
	const folder = "/usr/lib/systemd/system/"
	args := []string{"systemd-analyze", "verify", "--man=no"}
	for _, unit := range append(allUnits, "tpops-inetd@.service", "tpops-tls-restart.service",
		"tpops-expire-deleted.timer", "tpops-expire-deleted.service") {
		args = append(args, folder+unit)
	}
	if r := s.Output(s.t, args...); r.Code != 0 || r.Stdout+r.Stderr != "" {
		s.t.Errorf("systemd-analyze verify: %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	// The drop-ins among the examples have to fit as well.
	for _, example := range strings.Fields(s.do("ls", "/usr/share/doc/tpops/examples")) {
		text := s.Read(s.t, "/usr/share/doc/tpops/examples/"+example)
		unit := "tpops.service"
		if strings.Contains(text, "\n[Socket]") {
			unit = "tpops-inetd.socket"
		} else if !strings.HasSuffix(example, ".conf") || !strings.Contains(text, "\n[Service]") {
			continue
		}
		s.dropIn(unit, example)
		if r := s.Output(s.t, "systemd-analyze", "verify", "--man=no", unit); r.Code != 0 || r.Stdout+r.Stderr != "" {
			s.t.Errorf("%s: %d\n%s%s", example, r.Code, r.Stdout, r.Stderr)
		}
		s.do("rm", "-r", "/etc/systemd/system/"+unit+".d")
	}
}
