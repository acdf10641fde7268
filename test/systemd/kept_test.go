//go:build systemd

package systemd

import (
	"fmt"
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
	version := map[bool]string{true: nextVersion, false: firstVersion}
	restarts := 0
	for k, kind := range []string{"thread", "prefork", "fork"} {
		s.t.Run(kind, func(t *testing.T) {
			at := s.on(t)
			at.configureType(kind, "max-servers = 200")
			at.do("systemctl", "restart", "tpops.service")
			connect := func(stage int) *visit {
				if (stage+k)%3 == 0 {
					return at.visit()
				}
				v, _ := at.visitSecurely(a, (stage+k)%3 == 1)
				return v
			}
			at.meetStagesBy(connect, func() { at.do("systemctl", "restart", "tpops.service") })
			at.meetStagesBy(connect, func() { at.install(version[k%2 == 0]) })
			restarts += 2
		})
	}
	s.wantStageMail(restarts)
	s.stopKept(a)
}

// stopKept ends the service with sessions of three processes that served it in turn.
func (s *site) stopKept(a *certstest.Authority) {
	s.t.Helper()
	var visits []*visit
	for i := range 3 {
		if i > 0 {
			s.do("systemctl", "restart", "tpops.service")
		}
		v, _ := s.visitSecurely(a, true)
		v.login(loadUser(i))
		v.want("DELE 1", `^\+OK`)
		visits = append(visits, v)
	}
	visits[0].want("STAT", `^\+OK`)
	group := "/sys/fs/cgroup" + s.property("tpops.service", "ControlGroup")
	s.do("systemctl", "stop", "tpops.service")
	for i, v := range visits {
		if line, err := v.Line(); err != nil || !strings.HasPrefix(line, "-ERR [SYS/TEMP]") {
			s.t.Errorf("session %d got %q, %v", i, line, err)
		}
		v.closed()
		if files := s.files("/home/" + loadUser(i) + "/Maildir"); len(files) != 2 {
			s.t.Errorf("session %d: messages left: %q", i, files)
		}
	}
	bed.Poll(s.t, "no process is left", func() bool {
		return s.Shell(s.t, fmt.Sprintf("cat %s/cgroup.procs 2>/dev/null || true", group)) == ""
	})
	s.wantNoFailure()
}
