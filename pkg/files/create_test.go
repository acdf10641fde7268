package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

// state returns the content and the mode of a file, and checks that nothing else
// is left in its folder.
func state(t *testing.T, name string) (content string, mode fs.FileMode) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(name), ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	return string(text), info.Mode()
}

func TestCreate(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := Create(name, []byte("one"), 0o640, false); err != nil {
		t.Fatal(err)
	}
	if text, mode := state(t, name); text != "one" || mode != 0o640 {
		t.Errorf("%q, %v", text, mode)
	}
	if err := Create(name, []byte("two"), 0o644, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("existing file: %v", err)
	}
	if text, mode := state(t, name); text != "one" || mode != 0o640 {
		t.Errorf("after an error: %q, %v", text, mode)
	}
	if err := Create(name, []byte("two"), 0o644, true); err != nil {
		t.Fatal(err)
	}
	if text, mode := state(t, name); text != "two" || mode != 0o644 {
		t.Errorf("replaced: %q, %v", text, mode)
	}
}

func TestCreateErrors(t *testing.T) {
	dir := t.TempDir()
	if err := Create(filepath.Join(dir, "none", "file"), nil, 0o644, true); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, force := range []bool{false, true} {
		if err := Create(filepath.Join(dir, "folder"), nil, 0o644, force); err == nil {
			t.Errorf("force %v: a folder was replaced", force)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// A symbolic link stays one, and its target is replaced. One without a target is
// not followed: without force it counts as an existing file.
func TestCreateLink(t *testing.T) {
	dir := t.TempDir()
	target, link, broken := filepath.Join(dir, "target"), filepath.Join(dir, "link"), filepath.Join(dir, "broken")
	err := errors.Join(os.WriteFile(target, nil, 0o600), os.Symlink("target", link), os.Symlink("none", broken))
	if err != nil {
		t.Fatal(err)
	}
	if err := Create(link, []byte("new"), 0o600, true); err != nil {
		t.Fatal(err)
	}
	if text, _ := state(t, target); text != "new" {
		t.Errorf("%q", text)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link: %v, %v", info, err)
	}
	if err := Create(broken, []byte("new"), 0o600, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("link without a target: %v", err)
	}
}

func TestCreateKeepsOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can change the owner of a file")
	}
	name := filepath.Join(t.TempDir(), "file")
	if err := errors.Join(os.WriteFile(name, nil, 0o600), os.Chown(name, 8, 12)); err != nil {
		t.Fatal(err)
	}
	if err := Create(name, []byte("new"), 0o640, true); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if stat := info.Sys().(*syscall.Stat_t); stat.Uid != 8 || stat.Gid != 12 {
		t.Errorf("owner %d, group %d", stat.Uid, stat.Gid)
	}
}

// Of several callers at the same time, one creates the file.
func TestCreateAtOnce(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = Create(name, []byte(strconv.Itoa(i)), 0o600, false) })
	}
	wg.Wait()
	text, _ := state(t, name)
	for i, err := range errs {
		if created := text == strconv.Itoa(i); created && err != nil || !created && !errors.Is(err, fs.ErrExist) {
			t.Errorf("caller %d: %v, and the file has %q", i, err, text)
		}
	}
}
