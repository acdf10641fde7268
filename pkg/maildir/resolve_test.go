package maildir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// rootLink makes a symbolic link that belongs to root.
func rootLink(t *testing.T, target, link string) {
	t.Helper()
	needRoot(t)
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
}

// A link of root's is followed wherever it stands and however it is written.
func TestRootLinks(t *testing.T) {
	needRoot(t)
	dir := newMaildir(t, "cur/1.a:2,")
	real := filepath.Dir(dir)
	owner := someUser(t, dir)
	tests := []struct {
		name string
		make func(home string) string
	}{
		{"the Maildir", func(home string) string { rootLink(t, dir, home+"/Maildir"); return home + "/Maildir" }},
		{"with a slash", func(home string) string { rootLink(t, dir, home+"/Maildir"); return home + "/Maildir/" }},
		{"the home", func(home string) string { rootLink(t, real, home+"/ann"); return home + "/ann/Maildir" }},
		{"relative, up", func(home string) string {
			rootLink(t, "../../"+filepath.Base(filepath.Dir(real))+"/"+filepath.Base(real)+"/Maildir", home+"/Maildir")
			return home + "/Maildir"
		}},
		{"a chain", func(home string) string {
			rootLink(t, dir, home+"/1")
			rootLink(t, "./1", home+"/2")
			rootLink(t, "../"+filepath.Base(home)+"//2/", home+"/3")
			return home + "/3"
		}},
		{"above the root", func(home string) string {
			rootLink(t, strings.Repeat("../", 50)+dir, home+"/Maildir")
			return home + "/Maildir"
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			base := t.TempDir()
			// As deep as the Maildir's own parent, for the relative ones.
			home := filepath.Join(filepath.Dir(base), filepath.Base(base)+"home")
			if err := errors.Join(os.Mkdir(home, 0o755), os.Chmod(filepath.Dir(base), 0o755)); err != nil {
				t.Fatal(err)
			}
			if tt.name == "relative, up" && filepath.Dir(filepath.Dir(home)) != filepath.Dir(filepath.Dir(real)) {
				t.Fatalf("%s is not beside %s", home, real)
			}
			path := tt.make(home)
			checkOpenFiles(t, func() {
				m := openAs(t, owner, path, Options{Lock: true})
				wantUIDLs(t, m, "1.a")
				update(t, m, mark(nil, []int{1}))
				_ = m.Close()
			})
		})
	}
	wantFiles(t, dir, "cur/1.a:2,S")
}

// Only links of root's are followed, one of which may lead to one that is not.
func TestUserLinks(t *testing.T) {
	needRoot(t)
	dir := newMaildir(t, "cur/1.a:2,")
	owner := someUser(t, dir)
	for _, uid := range []int{aliceID, bobID} {
		t.Run(fmt.Sprint(uid), func(t *testing.T) {
			home := t.TempDir()
			if err := errors.Join(os.Chmod(filepath.Dir(home), 0o755), os.Symlink(dir, home+"/user"), os.Lchown(home+"/user", uid, uid)); err != nil {
				t.Fatal(err)
			}
			rootLink(t, "user", home+"/root")
			for _, name := range []string{"user", "root"} {
				_, err := openKnown(t.Context(), owner, filepath.Join(home, name), Options{})
				if !errors.Is(err, pop3.ErrPermanent) || !strings.Contains(err.Error(), fmt.Sprintf("/user\" belongs to user %d", uid)) {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

// Links that lead in a circle end.
func TestLinkCircle(t *testing.T) {
	home := t.TempDir()
	rootLink(t, home+"/b", home+"/a")
	rootLink(t, "a", home+"/b")
	checkOpenFiles(t, func() {
		_, err := openKnown(t.Context(), nil, home+"/a", Options{})
		if !errors.Is(err, pop3.ErrPermanent) || !strings.Contains(err.Error(), "more than 40") {
			t.Errorf("Open() = %v", err)
		}
	})
}

// cur and new are never reached through a link, whoever made it.
func TestRootLinkInside(t *testing.T) {
	other := newMaildir(t, "cur/1.a")
	for _, sub := range subNames {
		dir := newMaildir(t)
		remove(t, dir, sub)
		rootLink(t, filepath.Join(other, sub), filepath.Join(dir, sub))
		if _, err := openKnown(t.Context(), nil, dir, Options{}); !errors.Is(err, pop3.ErrPermanent) {
			t.Errorf("%s: %v", sub, err)
		}
	}
}

// A link of root's that leads nowhere is a store that is away.
func TestDanglingRootLink(t *testing.T) {
	mount := t.TempDir()
	home := t.TempDir()
	rootLink(t, mount+"/ann", home+"/Maildir")
	_, err := openKnown(t.Context(), nil, home+"/Maildir", Options{})
	if !errors.Is(err, unix.ENOENT) || errors.Is(err, pop3.ErrPermanent) || !strings.Contains(err.Error(), mount+"/ann") {
		t.Errorf("Open() = %v", err)
	}
}

// A user who exchanges a directory for a link, over and over, never gets a
// Maildir opened through it.
func TestLinkRace(t *testing.T) {
	needRoot(t)
	bobs := bobsMaildir(t)
	home := t.TempDir()
	link := userLink(t, filepath.Dir(bobs))
	mine := newMaildir(t, "cur/1.alice")
	one, two := filepath.Join(home, "mail"), filepath.Join(home, "other")
	if err := errors.Join(os.Rename(filepath.Dir(mine), one), os.Rename(link, two)); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_ = unix.Renameat2(unix.AT_FDCWD, one, unix.AT_FDCWD, two, unix.RENAME_EXCHANGE)
			}
		}
	}()
	opened := 0
	for range 3000 {
		m, err := openKnown(t.Context(), nil, filepath.Join(one, "Maildir"), Options{})
		if err != nil {
			if !errors.Is(err, pop3.ErrPermanent) && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ENOTDIR) {
				t.Fatal(err)
			}
			continue
		}
		opened++
		if got := uidls(m); len(got) != 1 || got[0] != "1.alice" {
			t.Fatalf("opened the mailbox with %q", got)
		}
		_ = m.Close()
	}
	close(stop)
	<-stopped
	if opened == 0 {
		t.Error("never opened")
	}
}
