package doveconf

import (
	"strings"
	"testing"

	"tpops/pkg/config/draft"
)

// A name from the file is never a part of a command that a shell would change.
func TestCommandsAreSafe(t *testing.T) {
	for _, bad := range []string{"/etc/$(id)", "/etc/x;id", "/etc/x|id", "/etc/`id`", "/etc/x>y", "/etc/x&id", "/etc/'x", "/etc/\"x", "/etc/a*"} {
		for _, args := range []string{bad, "/etc/users"} {
			commandsAreSafe(t, bad, args)
		}
	}
	if got := shellWord("/var/control/%d/%n", ""); got != "/var/control/%d/%n" {
		t.Error(got)
	}
}

// commandsAreSafe converts users in the passwd-file args, with a bad name elsewhere.
func commandsAreSafe(t *testing.T, bad, args string) {
	t.Helper()
	text := head + "mail_location = maildir:/m/" + bad + "/%u:CONTROL=" + bad + "\nprotocols = pop3\nssl = no\npassdb {\n  args = " + args + "\n  driver = passwd-file\n}\n" +
		"userdb {\n  args = uid=v gid=v home=/h/" + bad + "\n  driver = static\n}\n"
	result := finished(t, draft.Input{Name: bad, Text: text})
	for _, n := range result.Notes {
		for _, command := range []string{"awk ", "`tpopsctl"} {
			if _, after, ok := strings.Cut(n.Text, command); ok && strings.Contains(after, bad) {
				t.Errorf("%s", n)
			}
		}
	}
}
