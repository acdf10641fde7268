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

// updateHelper is what the scriptlets of the .rpm run of systemd's helper, which Debian does
// not have.
const updateHelper = `#!/bin/sh -eu
case $1 in
mark-restart-system-units) systemctl set-property "$2" Markers=+needs-restart ;;
remove-system-units) shift && systemctl --no-reload disable --now "$@" ;;
esac
`

// testRPM installs the .rpm in a machine that has rpm and a systemd, upgrades it while a client
// is connected, and removes it. There is no package of rpm's there that it could depend on.
func testRPM(s *site) {
	s.do("dpkg", "--purge", "tpops")
	s.Write(s.t, "/usr/lib/systemd/systemd-update-helper", updateHelper, 0o755)
	s.Copy(s.t, builtPackage(s.t, firstVersion, ".rpm"), "/root/tpops.rpm")
	s.Copy(s.t, builtPackage(s.t, nextVersion, ".rpm"), "/root/next.rpm")
	s.do("rpm", "--install", "--nodeps", "/root/tpops.rpm")
	s.wantNoFailure()
	if open := s.listening(); open != "" {
		s.t.Errorf("after the installation something listens: %s", open)
	}
	if got := s.Output(s.t, "rpm", "--verify", "--nodeps", "tpops"); got.Code != 0 {
		s.t.Errorf("files are not as in the package: %s", got.Stdout)
	}
	s.userWithMail("alice", letters(2))
	s.configure("# kept")
	s.enableDaemon()
	s.upgradeRPM("thread")
	s.do("rpm", "--upgrade", "--nodeps", "--oldpackage", "/root/tpops.rpm")
	s.upgradeRPM("prefork")
	if got := s.Read(s.t, "/etc/tpops/tpops.toml"); !strings.Contains(got, "# kept") {
		s.t.Errorf("the configuration after the upgrade: %s", got)
	}
	s.do("rpm", "--erase", "tpops")
	if open := s.listening(); open != "" {
		s.t.Errorf("after the removal something listens: %s", open)
	}
	s.wantNoFailure()
}

// upgradeRPM upgrades while a client is connected: with thread it goes on in the next process,
// with prefork in the old one.
func (s *site) upgradeRPM(kind string) {
	s.t.Helper()
	s.configureType(kind, "# kept")
	s.do("systemctl", "restart", "tpops.service")
	v := s.login("alice")
	v.want("DELE 1", `^\+OK`)
	s.do("rpm", "--upgrade", "--nodeps", "/root/next.rpm")
	// The file trigger of systemd's own package runs these after the transaction.
	s.do("systemctl", "daemon-reload")
	s.do("systemctl", "reload-or-restart", "--marked")
	v.want("LIST 1", `^-ERR`)
	v.want("RSET", `^\+OK`)
	v.quit()
	if got := s.visit().version(); got != nextVersion {
		s.t.Errorf("%s: a new session is served by %s", kind, got)
	}
	s.wantNoFailure()
}
