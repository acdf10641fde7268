//go:build systemd

package systemd

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"tpops/pkg/certs/certstest"
	"tpops/test/bed"
)

// testKept shows that no client notices a restart or an upgrade, whether it uses TLS or not,
// in all models.
func testKept(s *site) {
	a := certstest.NewAuthority(s.t)
	s.issue(a, "mail")
	s.dropIn("tpops.service", "tls.conf")
	s.prepareStages()
	s.do("systemctl", "enable", "--now", "tpops-tls.socket")
	actions := map[string]func(*site){
		"thread":  func(at *site) { at.install(nextVersion) },
		"prefork": func(at *site) { at.do("systemctl", "restart", "tpops.service") },
		"fork":    func(at *site) { at.install(firstVersion) },
	}
	for k, kind := range []string{"thread", "prefork", "fork"} {
		s.t.Run(kind, func(t *testing.T) {
			at := s.on(t)
			at.configureType(kind, "max-servers = 200")
			at.do("systemctl", "restart", "tpops.service")
			connect := func(stage int) *visit { return at.visitAny(a, stage+k) }
			at.meetStagesBy(connect, func() { actions[kind](at) })
		})
	}
	s.wantStageMail(len(actions))
	s.stopKept(a)
}

// visitAny connects in clear, with TLS from the start, or with STLS.
func (s *site) visitAny(a *certstest.Authority, i int) *visit {
	s.t.Helper()
	if i%3 == 0 {
		return s.visit()
	}
	v, _ := s.visitSecurely(a, i%3 == 1)
	return v
}

// stopKept ends the service with sessions of three processes that served it in turn, which the
// last of them lists and ends.
func (s *site) stopKept(a *certstest.Authority) {
	s.t.Helper()
	var visits []*visit
	for i, kind := range []string{"thread", "prefork", "fork", "thread"} {
		s.configureType(kind, "max-servers = 200", "lock-takeover = 1", `access-log = "/var/log/tpops/access.log"`)
		s.do("systemctl", "restart", "tpops.service")
		v, _ := s.visitSecurely(a, true)
		v.login(loadUser(i))
		v.want("DELE 1", `^\+OK`)
		visits = append(visits, v)
	}
	visits[0].want("STAT", `^\+OK`)
	listed := s.do("tpopsctl", "sessions")
	for i := range visits {
		if !strings.Contains(listed, loadUser(i)) {
			s.t.Errorf("%s is not among the sessions:\n%s", loadUser(i), listed)
		}
	}
	s.wantFigures(len(visits))
	s.rotateLog()
	for i, v := range visits[:2] {
		s.do("tpopsctl", "kick", "--user="+loadUser(i))
		v.closed()
	}
	for i := range visits[:2] {
		bed.Poll(s.t, "the end is in the new access log", func() bool {
			return strings.Contains(s.Read(s.t, "/var/log/tpops/access.log"), loadUser(i))
		})
	}
	visits[2] = s.takeOver(visits[2], loadUser(2))
	group := "/sys/fs/cgroup" + s.property("tpops.service", "ControlGroup")
	s.do("systemctl", "stop", "tpops.service")
	for _, v := range visits[2:] {
		v.closed()
	}
	for i := range visits {
		if files := s.files("/home/" + loadUser(i) + "/Maildir"); len(files) != 2 {
			s.t.Errorf("%s: messages left: %q", loadUser(i), files)
		}
	}
	bed.Poll(s.t, "no process is left", func() bool {
		return s.Shell(s.t, fmt.Sprintf("cat %s/cgroup.procs 2>/dev/null || true", group)) == ""
	})
	s.wantNoFailure()
}

// wantFigures compares the figures with the sessions of all processes. The present one has had
// one login.
func (s *site) wantFigures(sessions int) {
	s.t.Helper()
	figures := s.do("tpopsctl", "stats", "--json")
	for _, want := range []string{
		fmt.Sprintf(`"tpops_sessions".*"transaction".*"value":%d\b`, sessions), `"tpops_logins_total".*"USER".*"value":\d\d`,
	} {
		if !regexp.MustCompile(want).MatchString(figures) {
			s.t.Errorf("no %s among the figures:\n%s", want, figures)
		}
	}
}

// rotateLog renames the access log, and returns when no process writes to the old file but those
// that have become the owner of a mailbox.
func (s *site) rotateLog() {
	s.t.Helper()
	const name = "/var/log/tpops/access.log"
	s.do("mv", name, name+".1")
	s.do("systemctl", "kill", "--signal=HUP", "--kill-whom=main", "tpops.service")
	bed.Poll(s.t, "all processes have opened the new file", func() bool {
		return s.Shell(s.t, `test ! -e $1 || for p in $(pgrep -u tpops); do find /proc/$p/fd -lname "$1.1" || true; done`, name) == "" &&
			s.Output(s.t, "test", "-e", name).Code == 0
	})
}

// takeOver logs in to a mailbox that a silent session of an old process has, which ends without
// an update.
func (s *site) takeOver(old *visit, user string) *visit {
	s.t.Helper()
	v := s.login(user)
	old.closed()
	v.want("LIST 1", `^\+OK`)
	v.want("DELE 1", `^\+OK`)
	return v
}
