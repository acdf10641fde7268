package setup

import (
	"os"
	"os/user"
	"path/filepath"
	"testing"
)

// The directory of the mail gets its owner and its mode. A link that another user puts
// there in the last moment is not followed.
func TestMakeRoot(t *testing.T) {
	p, err := makeFor(t, look(t, root(t, map[string]string{"etc/passwd": passwd}), true), func(c *Choice) { c.Users, c.MailRoot = UsersFile, "/a/mail" })
	if err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	makeIt := func(name string) {
		for _, s := range p.Steps {
			var args []string
			for _, arg := range s.args {
				switch arg {
				case "vmail":
					arg = me.Username
				case "/a/mail":
					arg = filepath.Join(folder, name)
				}
				args = append(args, arg)
			}
			if s.About != "create /a/mail for vmail" {
				continue
			}
			if err := RunCommand(t.Context(), args, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	makeIt("a/mail")
	if info, err := os.Stat(filepath.Join(folder, "a/mail")); err != nil || info.Mode() != os.ModeDir|0o700 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.Mkdir(filepath.Join(folder, "other"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("other", filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	makeIt("link")
	if info, err := os.Stat(filepath.Join(folder, "other")); err != nil || info.Mode() != os.ModeDir|0o755 {
		t.Errorf("the directory that a link leads to: %v, %v", info, err)
	}
}
