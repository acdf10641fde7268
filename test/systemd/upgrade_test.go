//go:build systemd

package systemd

import (
	"os"
	"slices"
)

// testUpgrade installs the next version while clients are at work.
func testUpgrade(s *site) {
	s.prepareStages()
	s.meetStages(func() { s.install(nextVersion) })
	if got := s.visit().version(); got != nextVersion {
		s.t.Errorf("a new session is served by %s", got)
	}
	s.wantStageMail(1)
	if versions := s.versions(); !slices.Equal(versions, []string{firstVersion, nextVersion}) {
		s.t.Errorf("versions that served, by the journal: %q", versions)
	}
	// Back again, as an administrator may want to go.
	s.meetStages(func() { s.install(firstVersion) })
	s.wantStageMail(2)
}

// upgradeFrom is the variable with the path of a .deb of an earlier version. Without it
// testUpgradeFrom does not run.
const upgradeFrom = "TPOPS_UPGRADE_FROM"

// testUpgradeFrom upgrades from an earlier version, which need not be able to go on with
// sessions that it cannot hand over.
func testUpgradeFrom(s *site) {
	s.do("dpkg", "--purge", "tpops")
	s.Copy(s.t, os.Getenv(upgradeFrom), "/root/earlier.deb")
	s.do("dpkg", "--install", "/root/earlier.deb")
	s.prepareStages()
	s.Copy(s.t, builtPackage(s.t, nextVersion, ".deb"), "/root/next.deb")
	// The sample of the earlier version may differ, so that dpkg would ask a question.
	s.meetStages(func() { s.do("dpkg", "--force-confold", "--install", "/root/next.deb") })
	if got := s.visit().version(); got != nextVersion {
		s.t.Errorf("a new session is served by %s", got)
	}
	s.meetStages(func() { s.do("systemctl", "restart", "tpops.service") })
	s.wantStageMail(2)
}

// versions returns the versions of the daemons that have logged in the journal
// that they listen.
func (s *site) versions() []string {
	s.t.Helper()
	var versions []string
	for _, e := range s.events("listening") {
		versions = append(versions, e.Text("TPOPS_VERSION"))
	}
	return slices.Compact(versions)
}
