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

// A symbolic link stays one with force, and its target is replaced or created. Without force
// it counts as an existing file.
func TestCreateLink(t *testing.T) {
	for what, test := range map[string]struct{ link, below string }{
		"target":                     {"target", "target"},
		"no target":                  {"none", "none"},
		"no target elsewhere":        {"folder/none", "folder/none"},
		"link without a target":      {"second", "none"},
		"no target beside the link":  {"up/none", "none"},
		"no target after a way back": {"aside/../none", "elsewhere/none"},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			path := func(name string) string { return filepath.Join(dir, name) }
			err := errors.Join(os.WriteFile(path("target"), nil, 0o600), os.Mkdir(path("folder"), 0o700), os.Symlink("none", path("second")),
				os.Symlink(dir, path("up")), os.MkdirAll(path("elsewhere/deep"), 0o700), os.Symlink("elsewhere/deep", path("aside")),
				os.Symlink(test.link, path("link")))
			if err != nil {
				t.Fatal(err)
			}
			if err := Create(path("link"), []byte("new"), 0o600, false); !errors.Is(err, fs.ErrExist) {
				t.Errorf("without force: %v", err)
			}
			if err := Create(path("link"), []byte("new"), 0o640, true); err != nil {
				t.Fatal(err)
			}
			if text, mode := state(t, path(test.below)); text != "new" || mode != 0o640 {
				t.Errorf("%q, %v", text, mode)
			}
			if target, err := os.Readlink(path("link")); err != nil || target != test.link {
				t.Errorf("the link: %q, %v", target, err)
			}
		})
	}
}

// A link that leads to no place for a file stays as it is.
func TestCreateBrokenLink(t *testing.T) {
	for _, target := range []string{"none/file", "link", "folder"} {
		dir := t.TempDir()
		link := filepath.Join(dir, "link")
		if err := errors.Join(os.Symlink(target, link), os.Mkdir(filepath.Join(dir, "folder"), 0o700)); err != nil {
			t.Fatal(err)
		}
		for _, force := range []bool{false, true} {
			if err := Create(link, []byte("new"), 0o600, force); err == nil {
				t.Errorf("%s, force %t: no error", target, force)
			}
		}
		left, err := os.ReadDir(dir)
		if got, linkErr := os.Readlink(link); err != nil || linkErr != nil || len(left) != 2 || got != target {
			t.Errorf("%s: %v, %v, %q, %v", target, left, err, got, linkErr)
		}
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
