package scramstate

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestSecretStaysTheSame checks that all processes get the same secret, even if they
// start at once, and after a restart.
func TestSecretStaysTheSame(t *testing.T) {
	dir := t.TempDir()
	secrets := make([][]byte, 16)
	var all sync.WaitGroup
	for i := range secrets {
		all.Go(func() { secrets[i], _ = openSecret(dir, "/nowhere") })
	}
	all.Wait()
	kept, err := openSecret(dir, "/nowhere")
	if err != nil {
		t.Error(err)
	}
	for _, secret := range append(secrets, kept) {
		if len(secret) != secretSize || !bytes.Equal(secret, secrets[0]) {
			t.Fatalf("%x, want %x", secret, secrets[0])
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v: want the secret alone", entries, err)
	}
	if info, err := os.Stat(filepath.Join(dir, secretName)); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestSecretFileRejected checks that a file which cannot be trusted is neither used nor
// replaced: the secret then follows from the machine id.
func TestSecretFileRejected(t *testing.T) {
	id := filepath.Join(t.TempDir(), "machine-id")
	if err := os.WriteFile(id, []byte("0123456789abcdef0123456789abcdef\n"), 0o444); err != nil {
		t.Fatal(err)
	}
	want, err := openSecret("", id)
	if err != nil || len(want) != secretSize || bytes.Contains(want, []byte("0123456789abcdef")) {
		t.Fatalf("%x", want)
	}
	makers := map[string]func(path string) error{
		"short":    func(path string) error { return os.WriteFile(path, []byte("x"), 0o600) },
		"public":   func(path string) error { return os.WriteFile(path, make([]byte, secretSize), 0o644) },
		"symlink":  func(path string) error { return os.Symlink(id, path) },
		"dangling": func(path string) error { return os.Symlink("/nowhere/x", path) },
		"folder":   func(path string) error { return os.Mkdir(path, 0o700) },
	}
	for name, make := range makers {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, secretName)
			if err := make(path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.Lstat(path)
			if got, err := openSecret(dir, id); !bytes.Equal(got, want) || err == nil {
				t.Errorf("%x, want %x; %v", got, want, err)
			}
			if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) {
				t.Errorf("the file was replaced: %v", err)
			}
		})
	}
	if got, err := openSecret("/nowhere", "/nowhere"); got != nil || err == nil {
		t.Errorf("%x without anything", got)
	}
}

// TestSeenFile checks that the file survives a restart, and that a file which the daemon
// has not created is reported and not changed.
func TestSeenFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, seenName)
	for restart := range 2 {
		file, err := openSeen(dir)
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 1)
		if n, _ := file.ReadAt(b, 7); n != restart || n == 1 && b[0] != 'x' {
			t.Errorf("start %d: %d, %q", restart, n, b)
		}
		if _, err := file.WriteAt([]byte("x"), 7); err != nil {
			t.Error(err)
		}
		file.Close()
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	other := filepath.Join(t.TempDir(), "other")
	for name, prepare := range map[string]func() error{
		"link":   func() error { return os.Symlink(other, path) },
		"name":   func() error { return os.Link(other, path) },
		"folder": func() error { return os.Mkdir(path, 0o700) },
		"huge":   func() error { return os.WriteFile(path, bytes.Repeat([]byte("x"), 1<<20), 0o600) },
	} {
		if err := errors.Join(os.WriteFile(other, []byte("other"), 0o600), os.RemoveAll(path), prepare()); err != nil {
			t.Fatal(err)
		}
		file, err := openSeen(dir)
		if err == nil || file == nil {
			t.Fatalf("%s: %v, %v", name, file, err)
		}
		if _, err := file.WriteAt([]byte("x"), 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		file.Close()
		if text, err := os.ReadFile(other); string(text) != "other" || err != nil {
			t.Errorf("%s: the other file was changed: %q, %v", name, text, err)
		}
	}
}

// TestOpen checks the state with and without a directory, and after an error.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(dir+":/other", "/nowhere")
	if err != nil || len(first.Salts) != secretSize || first.Seen == nil {
		t.Fatalf("%+v, %v", first, err)
	}
	defer first.Seen.Close()
	second, err := Open(dir, "/nowhere")
	if err != nil || !bytes.Equal(first.Salts, second.Salts) {
		t.Errorf("after a restart: %+v, %v", second, err)
	}
	defer second.Seen.Close()
	without, err := Open("", "/nowhere")
	if err != nil || without.Salts != nil || without.Seen == nil {
		t.Errorf("without a directory: %+v, %v", without, err)
	}
	defer without.Seen.Close()
	broken, err := Open("/nowhere", "/nowhere")
	if err == nil || !strings.Contains(err.Error(), secretName) || !strings.Contains(err.Error(), seenName) || broken.Seen == nil {
		t.Errorf("with a directory that is missing: %+v, %v", broken, err)
	}
	defer broken.Seen.Close()
}
