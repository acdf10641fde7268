package secret

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// The secret is the same for each process that asks, also if they start at once,
// and after a restart.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	secrets := make([][]byte, 16)
	var all sync.WaitGroup
	for i := range secrets {
		all.Go(func() { secrets[i] = Read(dir+":/nowhere", "/nowhere") })
	}
	all.Wait()
	for _, secret := range append(secrets, Read(dir, "/nowhere")) {
		if len(secret) != size || !bytes.Equal(secret, secrets[0]) {
			t.Fatalf("%x, want %x", secret, secrets[0])
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v: want the secret alone", entries, err)
	}
	if info, err := os.Stat(filepath.Join(dir, fileName)); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// A file that is not to be trusted is not used, and not replaced: the secret
// then follows from the machine id.
func TestReadElsewhere(t *testing.T) {
	id := filepath.Join(t.TempDir(), "machine-id")
	if err := os.WriteFile(id, []byte("0123456789abcdef0123456789abcdef\n"), 0o444); err != nil {
		t.Fatal(err)
	}
	want := Read("", id)
	if len(want) != size || bytes.Contains(want, []byte("0123456789abcdef")) {
		t.Fatalf("%x", want)
	}
	makers := map[string]func(path string) error{
		"short":    func(path string) error { return os.WriteFile(path, []byte("x"), 0o600) },
		"public":   func(path string) error { return os.WriteFile(path, make([]byte, size), 0o644) },
		"symlink":  func(path string) error { return os.Symlink(id, path) },
		"dangling": func(path string) error { return os.Symlink("/nowhere/x", path) },
		"folder":   func(path string) error { return os.Mkdir(path, 0o700) },
	}
	for name, make := range makers {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, fileName)
			if err := make(path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.Lstat(path)
			if got := Read(dir, id); !bytes.Equal(got, want) {
				t.Errorf("%x, want %x", got, want)
			}
			if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) {
				t.Errorf("the file was replaced: %v", err)
			}
		})
	}
	if got := Read("/nowhere", "/nowhere"); got != nil {
		t.Errorf("%x without anything", got)
	}
}
