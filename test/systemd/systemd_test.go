//go:build systemd

package systemd

import (
	"os"
	"testing"

	"tpops/test/bed"
)

// scenario is something that happens to an installed TPOPS. It begins on a
// fresh machine with the package installed and nothing enabled.
type scenario struct {
	name     string
	test     func(*site)
	packages []string    // further ones that the machine has
	only     []bed.Suite // empty: all
	variable string      // if not empty, it runs only if this environment variable is set
}

// scenarios can be run one by one: go test -tags systemd -run
// TestSystemd/bookworm/reload ./test/systemd
var scenarios = []scenario{
	{name: "install", test: testInstall},
	{name: "remove", test: testRemove},
	{name: "units", test: testUnits},
	{name: "rpm", test: testRPM, packages: []string{"rpm"}, only: []bed.Suite{bed.Bookworm}},

	{name: "first users file", test: testFirstUsersFile, packages: []string{"curl", "logrotate"}},
	{name: "first MySQL", test: testFirstMySQL, packages: []string{"curl", "mariadb-server"}},
	{name: "first system users", test: testFirstSystemUsers, packages: []string{"curl", "logrotate"}},
	{name: "first TLS", test: testFirstTLS, packages: []string{"curl", "openssl"}},
	{name: "first proxy", test: testFirstProxy, packages: []string{"curl", "logrotate"}},
	{name: "setup", test: testSetup, packages: []string{"mariadb-server"}, only: []bed.Suite{bed.Bookworm}},
	{name: "check", test: testCheck},
	{name: "check for virtual users", test: testCheckVirtual},
	{name: "user of a service", test: testUserOfService},
	{name: "control socket", test: testControl, only: []bed.Suite{bed.Bookworm}},
	{name: "open TLS port", test: testOpenTLSPort},
	{name: "start fails", test: testStartFails},
	{name: "gives up", test: testGivesUpSessions},
	{name: "first connection", test: testFirstConnection},
	{name: "system users", test: testSystemUsers},
	{name: "database", test: testDatabase, packages: []string{"mariadb-server"}, only: []bed.Suite{bed.Bookworm}},
	{name: "pam", test: testPAM},
	{name: "pam killed", test: testPAMKilled},
	{name: "pam, process per connection", test: testPAMInetd},
	{name: "prefork", test: testPrefork},
	{name: "fork", test: testFork},
	{name: "process per connection", test: testInetd},
	{name: "inetd survives", test: testInetdSurvives},
	{name: "change to inetd", test: testChangeToInetd},
	{name: "sockets conflict", test: testSocketsConflict},
	{name: "several sockets", test: testSeveralSockets},
	{name: "TLS", test: testTLS},
	{name: "TLS, process per connection", test: testTLSInetd},
	{name: "no socket", test: testNoSocket},
	{name: "idle exit", test: testIdleExit},
	{name: "idle exit with an old process", test: testIdleExitKept},
	{name: "status", test: testStatus},

	{name: "reload", test: testReload},
	{name: "reload broken", test: testReloadBroken},
	{name: "restart", test: testRestart},
	{name: "restart broken", test: testRestartBroken},
	{name: "restart without a store", test: testRestartNoStore},
	{name: "upgrade", test: testUpgrade},
	{name: "upgrade from a package", test: testUpgradeFrom, variable: upgradeFrom},
	{name: "TLS over restarts", test: testKept},
	{name: "many TLS sessions", test: testKeptMany, variable: keptSessions},
	{name: "many restarts", test: testGenerations, only: []bed.Suite{bed.Bookworm}},
	{name: "stop", test: testStop},
	{name: "stop after a restart", test: testStopAfterRestart},
	{name: "many sessions", test: testManySessions},
	{name: "kill", test: testKill},
	{name: "guard", test: testGuard},
	{name: "watchdog", test: testWatchdog},

	{name: "journal", test: testJournalFields},
	{name: "journal without messages", test: testJournalWithoutMessages},
	{name: "injection", test: testInjection},
	{name: "catalog", test: testCatalog},

	{name: "scores", test: testScores},
	{name: "other mail", test: testOtherMail},
	{name: "shut in", test: testShutIn},
	{name: "becomes the owner", test: testBecomes},
}

// TestSystemd tests the packages where they are meant to be used: installed
// with dpkg, under a booted systemd of each release.
func TestSystemd(t *testing.T) {
	for _, suite := range bed.Suites() {
		t.Run(string(suite), func(t *testing.T) {
			for _, s := range scenarios {
				if len(s.only) > 0 && s.only[0] != suite || s.variable != "" && os.Getenv(s.variable) == "" {
					continue
				}
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					s.test(newSite(t, suite, s.packages...))
				})
			}
		})
	}
}
