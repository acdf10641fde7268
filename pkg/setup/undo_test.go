package setup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// A symbolic link whose target is missing, such as one to a file system that is not mounted, is
// not replaced by a file, and the error names it.
func TestApplyLink(t *testing.T) {
	folder := root(t, map[string]string{"etc/passwd": passwd})
	link := filepath.Join(folder, ConfigPath)
	if err := errors.Join(os.MkdirAll(filepath.Dir(link), 0o755), os.Symlink("none", link)); err != nil {
		t.Fatal(err)
	}
	p, err := makeFor(t, look(t, folder, true), chooseSystem)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Apply(t.Context(), func(context.Context, []string, string) error { return nil }, func(string) {})
	if err == nil || !strings.Contains(err.Error(), link+": file already exists as a symbolic link to a file that does not exist") {
		t.Errorf("error %v", err)
	}
	if target, err := os.Readlink(link); err != nil || target != "none" {
		t.Errorf("the link: %q, %v", target, err)
	}
}
