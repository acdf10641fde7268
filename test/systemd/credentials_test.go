//go:build systemd

package systemd

import (
	"strings"
)

// wantTool fails the test unless tpopsctl has the exit code and prints what is wanted,
// and leaves neither a unit nor a credential.
func (s *site) wantTool(what string, code int, want string, args ...string) {
	s.t.Helper()
	r := s.Output(s.t, args...)
	if printed := r.Stdout + r.Stderr; r.Code != code || !strings.Contains(printed, want) {
		s.t.Errorf("%s: exit code %d, want %d with %q:\n%s", what, r.Code, code, want, printed)
	}
	if left := s.Shell(s.t, "ls /run/credentials /run/systemd/system | grep tpops-credentials- || :"); left != "" {
		s.t.Errorf("%s: not removed: %s", what, left)
	}
	s.wantNoFailure()
}

// useCredentials runs the subcommands of tpopsctl that read the user database, whose
// password is a credential of the service, after the README's commands for MySQL.
func (s *site) useCredentials() {
	s.t.Helper()
	s.Shell(s.t, "mariadb mail -Ne 'select login from user' >/root/logins")
	for _, state := range []string{"the service runs", "the service does not run"} {
		s.wantTool(state, 0, "mailboxes: 1 ok", "tpopsctl", "tripwire", "--logins", "/root/logins")
		s.wantTool(state, 0, "/var/vmail/ann", "tpopsctl", "import", "--from=qmail", "--logins", "/root/logins")
		s.wantTool(state, 0, "/var/vmail/ann", "tpopsctl", "export", "--to=courier", "--logins", "/root/logins")
		s.wantTool(state, 0, "accepted", "tpopsctl", "accept", "/var/vmail/ann")
		s.do("systemctl", "stop", "tpops.socket", "tpops.service")
	}
	s.do("chmod", "644", "/root/logins")
	s.do("mv", "/root/logins", "/srv/logins")
	s.wantTool("another user", 71, "run this command as root", "runuser", "-u", "nobody", "--", "tpopsctl", "tripwire", "--logins", "/srv/logins")
	s.do("mv", "/etc/tpops/mysql-passwd", "/srv/mysql-passwd")
	s.wantTool("no file", 65, "a file in LoadCredential= is missing", "tpopsctl", "tripwire", "--logins", "/srv/logins")
	s.wantTool("a directory that is named", 0, "mailboxes: 1 ok", "env", "CREDENTIALS_DIRECTORY=/srv", "tpopsctl", "tripwire", "--logins", "/srv/logins")

	s.Shell(s.t, "systemd-creds setup && systemd-creds encrypt --with-key=host --name=mysql-passwd /srv/mysql-passwd /etc/tpops/mysql-passwd.cred")
	s.dropIn("tpops.service", "[Service]\nLoadCredential=\nLoadCredentialEncrypted=mysql-passwd:/etc/%N/mysql-passwd.cred\n")
	s.wantTool("encrypted", 0, "mailboxes: 1 ok", "tpopsctl", "tripwire", "--logins", "/srv/logins")
	s.dropIn("tpops.service", "[Service]\nLoadCredential=\nSetCredential=mysql-passwd:database-\\x73ecret\n")
	s.wantTool("in the unit", 0, "mailboxes: 1 ok", "tpopsctl", "tripwire", "--logins", "/srv/logins")
	s.wantGood("after all that")
	s.dropIn("tpops.service", "[Service]\nLoadCredential=\n")
	s.wantTool("no credential", 71, "tpops.service has no credentials", "tpopsctl", "tripwire", "--logins", "/srv/logins")
}
