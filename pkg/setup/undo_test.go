package setup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// A file of users that only gets another group is given its old one by the undo line: the
// service that was configured before has to read it.
func TestUndoGroup(t *testing.T) {
	files := map[string]string{"etc/passwd": passwd, usersPath: "ann:x:::::\n", ConfigPath: "auth-type = \"passwd-file\"\npasswd-file = \"/etc/tpops/users\"\n"}
	for name, failed := range map[string]error{"": nil, "fails": errStopped} {
		folder := root(t, files)
		p, err := makeFor(t, look(t, folder, true), func(c *Choice) { c.Users, c.MailRoot = UsersFile, "/var/vmail" })
		if err != nil {
			t.Fatal(err)
		}
		err = p.Apply(t.Context(), func(_ context.Context, args []string, _ string) error {
			if args[0] == "chgrp" {
				return failed
			}
			return nil
		}, func(string) {})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		line, _ := p.Undo()
		want := fmt.Sprintf("chgrp %d %s", os.Getegid(), Quote(folder+usersPath))
		if strings.Contains(line, want) != (failed == nil) {
			t.Errorf("%s: %q in %s", name, want, line)
		}
	}
}
