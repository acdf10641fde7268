//go:build systemd

package systemd

import (
	"fmt"
	"strings"

	"tpops/test/bed"
)

// testPAM has users of the system log in by the package's service of PAM, as
// the unit lets it: without a right to set ids or to start another program in
// the daemon, and with all rights but those of a group in PAM's process.
func testPAM(s *site) {
	s.userWithMail("alice", letters(3))
	s.user("yvonne")
	s.Shell(s.t, `echo "yvonne:$1" | chpasswd --crypt-method YESCRYPT`, userPassword)
	s.user("expired")
	s.do("chage", "-E", "2020-01-01", "expired")
	s.user("lapsed")
	s.do("chage", "-d", "0", "lapsed")
	s.configure(`auth-type = "pam"`)
	s.enableDaemon()

	v := s.login("alice")
	v.wantMessages(letters(3))
	v.want("DELE 1", `^\+OK`)
	v.quit()
	s.wantOwner("/home/alice/Maildir", "alice")
	s.login("yvonne").quit()
	for user, reason := range map[string]string{
		"alice": "wrong password", "expired": "account has expired", "lapsed": "password must be changed", "nobody-at-all": "no such user",
	} {
		password := userPassword
		if user == "alice" {
			password = "wrong"
		}
		v := s.visit()
		v.want("USER "+user, `^\+OK`)
		v.want("PASS "+password, `^-ERR \[AUTH\] authentication failed`)
		v.closed()
		bed.Poll(s.t, user+" is in the journal", func() bool {
			return strings.Contains(s.do("journalctl", "--quiet", "--no-pager", "--unit=tpops.service", "TPOPS_USER="+user), reason)
		})
	}
	s.wantNoRights(s.pamPID())
	s.wantNoFailure()
}

// pamPID returns the number of the process that starts those that ask PAM.
func (s *site) pamPID() string {
	s.t.Helper()
	return s.do("pgrep", "--parent", fmt.Sprint(s.servingPID()))
}

// wantNoRights fails the test if a process has capabilities, another user than
// the daemon's, or one of its sockets.
func (s *site) wantNoRights(pid string) {
	s.t.Helper()
	status := s.Read(s.t, "/proc/"+pid+"/status")
	for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapAmb"} {
		if !strings.Contains(status, set+":\t0000000000000000\n") {
			s.t.Errorf("PAM's process has capabilities:\n%s", status)
			return
		}
	}
	if open := s.do("ls", "-l", "/proc/"+pid+"/fd"); strings.Contains(open, "socket:") {
		s.t.Errorf("PAM's process has sockets:\n%s", open)
	}
	user := s.do("id", "--user", "tpops")
	if want := "Uid:\t" + strings.Join([]string{user, user, user, user}, "\t") + "\n"; !strings.Contains(status, want) {
		s.t.Errorf("PAM's process is not of %q:\n%s", want, status)
	}
}

// testPAMKilled ends PAM's process: the daemon, which can start no other, makes
// room for one that can, and sessions go on.
func testPAMKilled(s *site) {
	s.userWithMail("alice", letters(3))
	s.configure(`auth-type = "pam"`)
	s.enableDaemon()
	v := s.login("alice")
	v.want("DELE 1", `^\+OK`)
	pid := s.mainPID()
	s.do("kill", "-KILL", s.pamPID())
	bed.Poll(s.t, "another daemon serves", func() bool {
		now := s.mainPID()
		return now != 0 && now != pid && s.property("tpops.service", "ActiveState") == "active"
	})
	v.want("STAT", `^\+OK 2 `)
	v.quit()
	s.login("alice").quit()
	if files := s.files("/home/alice/Maildir"); len(files) != 2 {
		s.t.Errorf("%d messages are left", len(files))
	}
	s.wantNoFailure()
}

// testPAMInetd has a process of its own for each connection ask PAM.
func testPAMInetd(s *site) {
	s.userWithMail("alice", letters(3))
	s.configure(`auth-type = "pam"`)
	s.do("systemctl", "enable", "--now", "tpops-inetd.socket")
	v := s.login("alice")
	v.wantMessages(letters(3))
	bed.Poll(s.t, "PAM's process is gone", func() bool {
		r, err := s.Try("pgrep", "--exact", "tpops_pam")
		return err == nil && r.Code == 1
	})
	v.quit()
	v = s.visit()
	v.want("USER alice", `^\+OK`)
	v.want("PASS wrong", `^-ERR \[AUTH\]`)
	v.closed()
	s.wantNoFailure()
}
