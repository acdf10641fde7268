package setup

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The directory of the mail gets its owner and its mode. A link that another user puts
// there in the last moment is not followed. The directories above it can be passed through.
func TestMakeRoot(t *testing.T) {
	p, err := makeFor(t, look(t, root(t, map[string]string{"etc/passwd": passwd}), true), func(c *Choice) { c.Users, c.MailRoot = UsersFile, "/a/mail" })
	if err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	folder := t.TempDir()
	makeIt := func(name string) error {
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
			if s.About == "create /a/mail for vmail" {
				return RunCommand(t.Context(), args, "")
			}
		}
		return errors.New("no such step")
	}
	if err := makeIt("a/b c/mail"); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"a": 0o755, "a/b c": 0o755, "a/b c/mail": 0o700} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Mode() != os.ModeDir|mode {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	other := filepath.Join(folder, "other")
	if err := errors.Join(os.Mkdir(other, 0o700), os.Chmod(other, 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("other", filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	if err := makeIt("link"); err == nil {
		t.Error("a link is accepted")
	}
	if info, err := os.Stat(other); err != nil || info.Mode() != os.ModeDir|0o755 {
		t.Errorf("the directory that a link leads to: %v, %v", info, err)
	}
}

// A directory of the mail may be above another one, or be named twice: the one above is
// made first, since making the other one would make it for root.
func TestNestedRoots(t *testing.T) {
	p, err := makeFor(t, look(t, root(t, map[string]string{"etc/passwd": passwd}), true), func(c *Choice) { c.Users, c.MailRoot = UsersFile, "/a/mail/b,/a/mail,/a/mail/b" })
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, s := range p.Steps {
		if strings.HasPrefix(s.About, "create /a") && strings.HasSuffix(s.About, " for vmail") {
			made = append(made, s.args[len(s.args)-1])
		}
	}
	if !slices.Equal(made, []string{"/a/mail", "/a/mail/b"}) {
		t.Errorf("%q", made)
	}
}
