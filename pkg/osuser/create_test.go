package osuser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCreate checks whom the file belongs to, whatever is there before.
func TestCreate(t *testing.T) {
	needRoot(t)
	tests := []struct {
		name  string
		plant func(t *testing.T, name string)
		uid   uint32
		text  string
	}{
		{"nothing", func(*testing.T, string) {}, alice, ""},
		{"a file that a killed process has left", func(t *testing.T, name string) { plantEmpty(t, name, 0o640) }, alice, ""},
		{"a file of root's", func(t *testing.T, name string) { plantFile(t, name, 0) }, 0, "old"},
		{"a file of bob's", func(t *testing.T, name string) { plantFile(t, name, bob) }, bob, "old"},
		{"an empty file that a group can write", func(t *testing.T, name string) { plantEmpty(t, name, 0o660) }, 0, ""},
		{"an empty file with two names", func(t *testing.T, name string) {
			plantEmpty(t, name, 0o640)
			must(t, os.Link(name, name+"2"))
		}, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "f")
			tt.plant(t, name)
			if err := Create(name, 0o640, &Owner{UID: alice, GID: alice}); err != nil {
				t.Fatal(err)
			}
			wantOwner(t, name, tt.uid)
			if text, err := os.ReadFile(name); string(text) != tt.text || err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%q, %v", text, err)
			}
			var st unix.Stat_t
			must(t, unix.Lstat(name, &st))
			if tt.uid == alice && (st.Gid != alice || st.Mode != unix.S_IFREG|0o640) {
				t.Errorf("group %d, mode %o", st.Gid, st.Mode)
			}
		})
	}
}

// TestCreateLink checks that Create makes no file at the end of a link.
func TestCreateLink(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	name, target := filepath.Join(dir, "link"), filepath.Join(dir, "target")
	for _, there := range []bool{false, true} {
		if there {
			plantEmpty(t, target, 0o640)
		} else {
			must(t, os.Symlink(target, name))
		}
		if err := Create(name, 0o640, &Owner{UID: alice, GID: alice}); err == nil {
			t.Error("no error")
		}
		var st unix.Stat_t
		if err := unix.Lstat(target, &st); there != (err == nil) || st.Uid != 0 {
			t.Errorf("%v, user %d", err, st.Uid)
		}
	}
}

// TestCreateGivesFirst checks that there is no file if it cannot be given to its owner: so there
// is none of root's while a process may be killed.
func TestCreateGivesFirst(t *testing.T) {
	needRoot(t)
	for _, what := range []string{"create for alice", "open in a directory of alice's"} {
		if out, err := runChild(t, what, nil); err != nil {
			t.Errorf("%s: %v: %s", what, err, out)
		}
	}
}

// childCreate creates a file without the right to give it to another user.
func childCreate(create func(dir string) error) error {
	dir, err := os.MkdirTemp("", "tpops-create-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Chown(dir, alice, alice); err != nil {
		return err
	}
	runtime.LockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		return err
	}
	sets[0].Effective &^= 1 << unix.CAP_CHOWN
	if err := unix.Capset(&header, &sets[0]); err != nil {
		return err
	}
	if err := create(filepath.Join(dir, "f")); !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("created with %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		return fmt.Errorf("left: %v, %v", left, err)
	}
	return nil
}

// TestMakeInSteps does the same where the file system has no files without a name.
func TestMakeInSteps(t *testing.T) {
	needRoot(t)
	name := filepath.Join(t.TempDir(), "f")
	p, err := findParent(name)
	must(t, err)
	defer unix.Close(p.dir)
	must(t, p.makeInSteps(0o640, alice, alice))
	wantOwner(t, name, alice)
	if err := p.makeInSteps(0o640, bob, bob); err != unix.EEXIST {
		t.Error(err)
	}
	wantOwner(t, name, alice)
}

// TestCreateAtOnce has several processes create and open one file.
func TestCreateAtOnce(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	must(t, os.Chown(dir, alice, alice))
	for round := range 50 {
		name := filepath.Join(dir, fmt.Sprint(round))
		var all sync.WaitGroup
		for n := range 4 {
			all.Go(func() {
				if n == 0 {
					if err := Create(name, 0o640, &Owner{UID: alice, GID: alice}); err != nil {
						t.Error(err)
					}
					return
				}
				f, err := OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
				if err != nil {
					t.Error(err)
					return
				}
				f.Close()
			})
		}
		all.Wait()
		wantOwner(t, name, alice)
	}
}
