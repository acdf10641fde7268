//go:build systemd

package systemd

// takeOverInetd has a login end a silent session of another process. Each runs as the user, and
// neither knows of the other.
func (s *site) takeOverInetd(user string, messages int) {
	s.t.Helper()
	s.configure("lock-takeover = 1")
	old := s.login(user)
	old.want("DELE 1", `^\+OK`)
	s.takeOver(old, user).quit()
	if files := s.files("/home/" + user + "/Maildir"); len(files) != messages-1 {
		s.t.Errorf("messages left: %q", files)
	}
	s.wantNoInstances()
}
