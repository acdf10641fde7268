//go:build systemd

package systemd

import "strings"

// testControl asks the daemon as the group tpops-admin and as another user, at its own control
// socket and at one that systemd passes.
func testControl(s *site) {
	s.user("alice")
	s.user("olga")
	s.do("usermod", "--append", "--groups", "tpops-admin", "olga")
	s.configure()
	s.enableDaemon()
	s.do("systemctl", "start", "tpops.service")
	s.wantAsked("/run/tpops/control")
	s.do("systemctl", "stop", "tpops.service", "tpops.socket")
	s.Write(s.t, "/etc/systemd/system/tpops-control.socket", `[Socket]
ListenStream=/run/tpops-control
SocketMode=0660
SocketGroup=tpops-admin
FileDescriptorName=control
Service=tpops.service
`, 0o644)
	s.dropIn("tpops.service", "[Service]\nSockets=tpops-control.socket\n")
	s.do("systemctl", "start", "tpops-control.socket", "tpops.socket", "tpops.service")
	s.wantAsked("/run/tpops-control")
	s.wantNoFailure()
}

// wantAsked fails the test unless root and the group may ask at the control socket, and
// another user may not.
func (s *site) wantAsked(socket string) {
	s.t.Helper()
	for user, code := range map[string]int{"root": 0, "olga": 0, "alice": 77} {
		r := s.Output(s.t, "runuser", "-u", user, "--", "tpopsctl", "sessions", "--socket="+socket)
		if r.Code != code || code == 0 && !strings.Contains(r.Stdout, "no sessions") {
			s.t.Errorf("%s at %s: exit code %d instead of %d\n%s%s", user, socket, r.Code, code, r.Stdout, r.Stderr)
		}
	}
}
