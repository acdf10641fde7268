package eventlog

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tpops/pkg/osuser"
)

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	there, missing := filepath.Join(dir, "there"), filepath.Join(dir, "missing")
	if err := os.WriteFile(there, []byte("old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	self := &osuser.Owner{UID: os.Geteuid(), GID: os.Getegid()}
	if err := Create(self, 0o640, there, "", missing); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(there); err != nil || string(text) != "old\n" {
		t.Errorf("an existing file: %q, %v", text, err)
	}
	info, err := os.Stat(missing)
	if err != nil || info.Size() != 0 || info.Mode().Perm()&^0o640 != 0 {
		t.Errorf("a missing file: %v, %v", info, err)
	}
	if err := Create(self, 0o640, filepath.Join(dir, "no", "directory")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a directory: %v", err)
	}
	if err := Create(nil, 0o640, filepath.Join(dir, "other")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "other")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without an owner: %v", err)
	}
}

func TestMissing(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs a directory of root and one of another user")
	}
	root, other := t.TempDir(), t.TempDir()
	if err := os.Chown(other, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	there, abandoned := filepath.Join(root, "there"), filepath.Join(root, "abandoned")
	if err := errors.Join(os.WriteFile(there, []byte("line\n"), 0o600), os.WriteFile(abandoned, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	got := Missing(there, abandoned, "", filepath.Join(root, "missing"), filepath.Join(other, "missing"), filepath.Join(root, "no", "directory"))
	if want := []string{abandoned, filepath.Join(root, "missing")}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
