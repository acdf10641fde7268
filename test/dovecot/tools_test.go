//go:build integration

package dovecot

import (
	"fmt"
	"strings"
	"testing"

	"tpops/test/fixture"
)

// TestAuthTools finds the mailboxes of users by their names, without passwords.
func TestAuthTools(t *testing.T) {
	eachVersion(t, func(t *testing.T, s *AuthServer) {
		text := "keep-deleted = \"1d\"\nmaildir-lock = false\n"
		for _, param := range s.Params() {
			name, value, _ := strings.Cut(strings.TrimPrefix(param, "--"), "=")
			text += fmt.Sprintf("%s = %q\n", name, value)
		}
		config := fixture.Write(t, "tpops.toml", text)
		d := fixture.Start(t, s.Params("--keep-deleted=1d", "--maildir-lock=no")...)
		c := fixture.Dial(t, d)
		c.OK("USER tim")
		c.OK("PASS " + fixture.Password)
		c.OK("DELE 1")
		c.OK("QUIT")
		for _, tool := range []struct {
			args string
			code int
			want string
		}{
			{"deleted tim", 0, "127.0.0.1"},
			{"set-aside --list tim", 0, ""},
			{"doctor --user tim", 0, "tim/Mail: no faults, 4 messages"},
			{"undo --user tim", 0, "messages put back: 1"},
			{"doctor --user tim", 0, "tim/Mail: no faults, 5 messages"},
			{"deleted nobody-at-all", 66, "no such user"},
			{"doctor --user mbox", 1, `mail format "mbox" is not supported`},
		} {
			args := append(strings.Fields(tool.args), "-f", config)
			if code, out, errs := fixture.RunTpopsctl(t, args...); code != tool.code || !strings.Contains(out+errs, tool.want) {
				t.Errorf("%s: exit code %d instead of %d, want %q:\n%s%s", tool.args, code, tool.code, tool.want, out, errs)
			}
		}
	})
}
