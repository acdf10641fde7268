//go:build systemd

package systemd

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"tpops/pkg/certs/certstest"
	"tpops/test/corpus"
)

// keptSessions is the variable with the number of sessions of testKeptMany, which takes minutes
// with 2,000. Without it, the scenario does not run.
const keptSessions = "TPOPS_KEPT_SESSIONS"

// largeLetter is a message that the buffers of a connection do not take.
func largeLetter() []corpus.Message {
	line := []byte(strings.Repeat("Zeile ", 12) + "\n")
	data := append([]byte("Subject: large\n\n"), bytes.Repeat(line, 12<<20/len(line))...)
	return []corpus.Message{{Kind: "large", Name: "new/1600000000.large", Data: data}}
}

// manyStages are stages with a smaller letter for those that fetch it meanwhile.
func manyStages() []stage {
	many, want := append([]stage{}, stages...), corpus.Wire(largeLetter()[0].Data)
	for i := range many {
		if many[i].meet != nil {
			many[i].meet = func(v *visit) error { return v.restOf(want) }
		}
	}
	return many
}

// testKeptMany shows the same as testKept with many sessions, each with a mailbox of its own,
// all with TLS.
func testKeptMany(s *site) {
	n, err := strconv.Atoi(os.Getenv(keptSessions))
	if err != nil {
		s.t.Fatal(err)
	}
	a := certstest.NewAuthority(s.t)
	s.issue(a, "mail")
	s.addVirtualUsers(n)
	s.dropIn("tpops.service", "tls.conf")
	s.do("systemctl", "enable", "--now", "tpops.socket", "tpops-tls.socket")
	for kind, n := range map[string]int{"thread": n, "prefork": n / 10, "fork": n / 10} { // A child takes 3 MiB.
		s.t.Run(kind, func(t *testing.T) {
			at := s.on(t)
			at.configureType(kind, fmt.Sprintf("max-servers = %d", n+50), `auth-type = "passwd-file"`, `passwd-file = "/etc/tpops/users"`,
				"connection-keep-time = 7200", "command-timeout = 3600", "login-time = 0")
			at.do("systemctl", "restart", "tpops.service")
			at.meetMany(a, n, func() { at.do("systemctl", "restart", "tpops.service") })
			at.meetMany(a, n, func() {
				at.installSlowly(map[string]string{"thread": nextVersion, "prefork": firstVersion, "fork": nextVersion}[kind])
			})
		})
	}
	s.wantNoFailure()
}

// installSlowly is install for a machine that is busy for minutes.
func (s *site) installSlowly(version string) {
	s.t.Helper()
	path := "/root/many_" + version + ".deb"
	s.Copy(s.t, builtPackage(s.t, version, ".deb"), path)
	unit := "upgrade" + strconv.FormatInt(time.Now().UnixNano(), 36)
	s.do("systemd-run", "--unit="+unit, "--no-block", "--property=Type=oneshot", "--property=RemainAfterExit=yes", "dpkg", "--install", path)
	state := ""
	for end := time.Now().Add(10 * time.Minute); state != "active" && state != "failed" && time.Now().Before(end); time.Sleep(time.Second) {
		state = s.property(unit, "ActiveState")
	}
	s.wantState(unit, "active")
}

// addVirtualUsers adds users whose mail belongs to one user of the system. The large letter is
// one file for all.
func (s *site) addVirtualUsers(n int) {
	s.t.Helper()
	s.do("useradd", "--system", "--create-home", "--home-dir", "/var/vmail", "vmail")
	s.dropIn("tpops.service", "vmail.conf")
	var users strings.Builder
	for i := range n {
		fmt.Fprintf(&users, "user%d:{PLAIN}%s:::::userdb_mail=maildir:/var/vmail/user%d\n", i, userPassword, i)
	}
	s.Write(s.t, "/etc/tpops/users", users.String(), 0o644)
	s.deliver("/var/vmail/template", "vmail", letters(8))
	s.deliver("/var/vmail/large", "vmail", largeLetter())
	s.Shell(s.t, `cd /var/vmail && for i in $(seq 0 $(($1 - 1))); do
		cp -r template user$i && case $i in *9) ln large/new/* user$i/new/ ;; esac
	done && chown -R vmail:vmail .`, strconv.Itoa(n))
}

// meetMany carries out the action while n sessions are in all stages.
func (s *site) meetMany(a *certstest.Authority, n int, action func()) {
	s.t.Helper()
	many, visits, fetched := manyStages(), make([]*visit, n), make(chan error, n)
	for i := range visits {
		visits[i], _ = s.visitSecurely(a, i/len(many)%2 == 0)
		if err := visits[i].SetDeadline(time.Now().Add(time.Hour)); err != nil {
			s.t.Fatal(err)
		}
		many[i%len(many)].begin(visits[i], fmt.Sprintf("user%d", i))
	}
	begun := time.Now()
	meets := 0
	for i, v := range visits {
		if meet := many[i%len(many)].meet; meet != nil {
			meets++
			go func() { fetched <- meet(v) }()
		}
	}
	action()
	s.t.Logf("%d sessions, restarted within %v", n, time.Since(begun))
	for range meets {
		if err := <-fetched; err != nil {
			s.t.Error(err)
		}
	}
	lost := 0
	for i, v := range visits {
		if err := many[i%len(many)].end(v, fmt.Sprintf("user%d", i)); err != nil {
			lost++
			s.t.Errorf("session %d: %v", i, err)
		}
	}
	s.t.Logf("%d sessions lost; old processes: %s", lost, s.Shell(s.t, "pgrep --count --full 'tpops: ' || true"))
}
