package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// bobsMaildir returns a Maildir that only bob can get into, with a message.
func bobsMaildir(t *testing.T) string {
	t.Helper()
	dir := newMaildir(t)
	deliver(t, dir, "cur/1.bob:2,S", "bob's secret\n")
	giveTo(t, bob, dir)
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOwner(t *testing.T) {
	needRoot(t)
	dir := newMaildir(t, "new/1.a", "new/2.b")
	giveTo(t, alice, dir)
	m := openAs(t, alice, dir, Options{Lock: true, Extended: true})
	read(t, m, 1)
	update(t, m, mark([]int{1}, []int{2}))
	wantFiles(t, dir, "cur/2.b:2,S")
	stat, err := os.Stat(filepath.Join(dir, lockFile))
	if err != nil {
		t.Fatal(err)
	}
	if made := stat.Sys().(*syscall.Stat_t); made.Uid != aliceID || made.Gid != aliceID {
		t.Errorf("lock file made by %d:%d", made.Uid, made.Gid)
	}
}

// No account reaches the Maildir of another user, whatever its record says.
func TestOwnerOthersMaildir(t *testing.T) {
	needRoot(t)
	dir := bobsMaildir(t)
	for _, options := range []Options{{}, {Lock: true}} {
		checkOpenFiles(t, func() {
			if m, err := openKnown(t.Context(), alice, dir, options); !errors.Is(err, unix.EACCES) || m != nil {
				t.Errorf("Open() = %v, %v; want EACCES", m, err)
			}
		})
	}
	if got := read(t, openAs(t, bob, dir, Options{}), 1); got != "bob's secret\n" {
		t.Errorf("bob reads %q", got)
	}
}

// No link in alice's Maildir leads to bob's mail, and not even root's process
// without an owner follows one.
func TestOwnerLinks(t *testing.T) {
	needRoot(t)
	secret := filepath.Join(bobsMaildir(t), "cur/1.bob:2,S")
	for _, owner := range []string{"alice", "the process itself"} {
		t.Run(owner, func(t *testing.T) {
			dir := newMaildir(t, "cur/1.a", "cur/2.b", "new/3.c")
			giveTo(t, alice, dir)
			as := alice
			if owner != "alice" {
				as = nil
			}
			m := openAs(t, as, dir, Options{})
			remove(t, dir, "cur/1.a", "cur/2.b")
			if err := errors.Join(os.Symlink(secret, dir+"/cur/1.a"), os.Symlink(filepath.Dir(secret), dir+"/cur/2.b"),
				os.Symlink(secret, dir+"/cur/4.d")); err != nil {
				t.Fatal(err)
			}
			wantNone(t, m, 1)
			wantNone(t, m, 2)
			update(t, m, mark([]int{1, 2}, []int{3}))
			wantUIDLs(t, openAs(t, as, dir, Options{}), "3.c")
		})
	}
	if got, err := os.ReadFile(secret); string(got) != "bob's secret\n" {
		t.Errorf("bob's mail: %q, %v", got, err)
	}
}

// A hard link to bob's file, made by whoever could, is unreadable to alice.
func TestOwnerHardLink(t *testing.T) {
	needRoot(t)
	secret := filepath.Join(bobsMaildir(t), "cur/1.bob:2,S")
	dir := newMaildir(t)
	giveTo(t, alice, dir)
	if err := os.Link(secret, dir+"/cur/1.a"); err != nil {
		t.Skipf("no hard links here: %v", err)
	}
	m := openAs(t, alice, dir, Options{})
	if _, err := m.Open(t.Context(), 1); !errors.Is(err, unix.EACCES) {
		t.Errorf("Open() = %v, want EACCES", err)
	}
}
