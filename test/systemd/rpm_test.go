//go:build systemd

package systemd

import (
	"strings"
	"testing"

	"tpops/pkg/certs/certstest"
)

// updateHelper is what the scriptlets of the .rpm run of systemd's helper, which Debian does
// not have.
const updateHelper = `#!/bin/sh -eu
case $1 in
mark-restart-system-units) systemctl set-property "$2" Markers=+needs-restart ;;
remove-system-units) shift && systemctl --no-reload disable --now "$@" ;;
esac
`

// testRPM installs the .rpm in a machine that has rpm and a systemd, upgrades it while clients
// are connected, and removes it. There is no package of rpm's there that it could depend on.
func testRPM(s *site) {
	s.do("dpkg", "--purge", "tpops")
	s.Write(s.t, "/usr/lib/systemd/systemd-update-helper", updateHelper, 0o755)
	for _, version := range []string{firstVersion, nextVersion} {
		s.Copy(s.t, builtPackage(s.t, version, ".rpm"), "/root/"+version+".rpm")
	}
	s.do("rpm", "--install", "--nodeps", "/root/"+firstVersion+".rpm")
	s.wantNoFailure()
	if open := s.listening(); open != "" {
		s.t.Errorf("after the installation something listens: %s", open)
	}
	if got := s.Output(s.t, "rpm", "--verify", "--nodeps", "tpops"); got.Code != 0 {
		s.t.Errorf("files are not as in the package: %s", got.Stdout)
	}
	s.upgradeRPM()
	if got := s.Read(s.t, "/etc/tpops/tpops.toml"); !strings.Contains(got, "# kept") {
		s.t.Errorf("the configuration after the upgrades: %s", got)
	}
	s.do("rpm", "--erase", "tpops")
	if open := s.listening(); open != "" {
		s.t.Errorf("after the removal something listens: %s", open)
	}
	s.wantNoFailure()
}

// upgradeRPM upgrades to another version with each model, while clients have sessions in all
// stages, in clear and with TLS.
func (s *site) upgradeRPM() {
	s.t.Helper()
	a := certstest.NewAuthority(s.t)
	s.issue(a, "mail")
	s.dropIn("tpops.service", "tls.conf")
	s.prepareStages()
	s.do("systemctl", "enable", "--now", "tpops-tls.socket")
	models := []string{"thread", "prefork", "fork"}
	for k, kind := range models {
		s.t.Run(kind, func(t *testing.T) {
			at, version := s.on(t), []string{nextVersion, firstVersion}[k%2]
			at.configureType(kind, "max-servers = 200", "# kept")
			at.do("systemctl", "restart", "tpops.service")
			connect := func(stage int) *visit { return at.visitAny(a, stage+k) }
			at.meetStagesBy(connect, func() { at.installRPM(version) })
			if got := at.visit().version(); got != version {
				t.Errorf("a new session is served by %s", got)
			}
		})
	}
	s.wantStageMail(len(models))
}

// installRPM upgrades to a version, also to an earlier one.
func (s *site) installRPM(version string) {
	s.t.Helper()
	s.do("rpm", "--upgrade", "--nodeps", "--oldpackage", "/root/"+version+".rpm")
	// The file trigger of systemd's own package runs these after the transaction.
	s.do("systemctl", "daemon-reload")
	s.do("systemctl", "reload-or-restart", "--marked")
}
