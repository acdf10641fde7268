package secrets

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// set puts entries into a file.
func set(t *testing.T, name string, entries map[string]string) {
	t.Helper()
	err := Edit(name, func(all map[string]string) error {
		maps.Copy(all, entries)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func wantList(t *testing.T, name string, want ...Entry) {
	t.Helper()
	got, err := List(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEdit(t *testing.T) {
	name := filepath.Join(t.TempDir(), "apop")
	set(t, name, map[string]string{"bob": "two words", "alice": "p\xe4ss"})
	wantList(t, name, Entry{"alice", "p\xe4ss"}, Entry{"bob", "two words"})
	for login, want := range map[string]string{"bob": "two words", "alice": "p\xe4ss", "carol": "", "": "", "bo": ""} {
		got, ok, err := Lookup(name, login)
		if got != want || ok != (want != "") || err != nil {
			t.Errorf("%q: %q, %v, %v", login, got, ok, err)
		}
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}

	if err := Edit(name, func(all map[string]string) error { delete(all, "bob"); return nil }); err != nil {
		t.Fatal(err)
	}
	wantList(t, name, Entry{"alice", "p\xe4ss"})

	refusal := errors.New("no")
	err = Edit(name, func(all map[string]string) error { clear(all); return refusal })
	if err != refusal {
		t.Error(err)
	}
	wantList(t, name, Entry{"alice", "p\xe4ss"})

	if err := Edit(name, func(all map[string]string) error { clear(all); return nil }); err != nil {
		t.Fatal(err)
	}
	wantList(t, name, []Entry{}...)
}

func TestEditMany(t *testing.T) {
	name, want := filepath.Join(t.TempDir(), "apop"), map[string]string{}
	for i := range 20_000 {
		want[fmt.Sprintf("user%d@example.org", i)] = fmt.Sprint(i * i)
	}
	set(t, name, want)
	got, err := read(name)
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%d entries, %v", len(got), err)
	}
}

func TestEditKeepsRights(t *testing.T) {
	dir := t.TempDir()
	name, link := filepath.Join(dir, "apop"), filepath.Join(dir, "link")
	set(t, name, map[string]string{"alice": "a"})
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 {
		uid, gid = 12345, 54321
	}
	if err := os.Chown(name, uid, gid); err != nil {
		t.Fatal(err)
	}
	set(t, link, map[string]string{"bob": "b"})
	info, err := os.Lstat(name)
	if err != nil {
		t.Fatal(err)
	}
	if gotUID, gotGID := owner(info); gotUID != uid || gotGID != gid || info.Mode() != 0o640 {
		t.Errorf("%d:%d, mode %v", gotUID, gotGID, info.Mode())
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("link: %v, %v", info.Mode(), err)
	}
	wantList(t, name, Entry{"alice", "a"}, Entry{"bob", "b"})
}

func TestEditRefuses(t *testing.T) {
	dir := t.TempDir()
	damaged := filepath.Join(dir, "damaged")
	if err := os.WriteFile(damaged, []byte("alice:secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Edit(damaged, func(map[string]string) error { return nil }); !errors.Is(err, errDamaged) {
		t.Error(err)
	}
	if text, _ := os.ReadFile(damaged); string(text) != "alice:secret\n" {
		t.Error("a file in another format was changed")
	}
	var write *WriteError
	if err := Edit(filepath.Join(dir, "absent", "apop"), nil); !errors.As(err, &write) {
		t.Error(err)
	}
}

// TestEditAtOnce checks that concurrent writers lose no entries and that readers see
// complete files.
func TestEditAtOnce(t *testing.T) {
	const writers, times = 4, 3
	name := filepath.Join(t.TempDir(), "apop")
	set(t, name, map[string]string{"alice": "always"})
	done := make(chan struct{})
	var reader, all sync.WaitGroup
	reader.Go(func() {
		for {
			if got, ok, err := Lookup(name, "alice"); got != "always" || !ok || err != nil {
				t.Errorf("%q, %v, %v", got, ok, err)
				return
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for w := range writers {
		all.Go(func() {
			for i := range times {
				set(t, name, map[string]string{fmt.Sprint(w, "-", i): "x"})
			}
		})
	}
	all.Wait()
	close(done)
	reader.Wait()
	if got, err := read(name); len(got) != 1+writers*times || err != nil {
		t.Errorf("%d entries, %v", len(got), err)
	}
}

// killedWriter is the environment variable that makes the test binary a writer for
// TestEditKilled.
const killedWriter = "TPOPS_TEST_KILLED_WRITER"

// TestEditKilled kills writers at random moments.
func TestEditKilled(t *testing.T) {
	if name := os.Getenv(killedWriter); name != "" {
		for i := 0; ; i++ {
			if err := Edit(name, func(all map[string]string) error { return fillAll(all, i) }); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			fmt.Println("written")
		}
	}
	name := filepath.Join(t.TempDir(), "apop")
	for i := range 8 {
		killWriter(t, name, i)
		all, err := read(name)
		if err != nil || len(all) != 500 {
			t.Fatalf("%d entries, %v", len(all), err)
		}
		for login, password := range all {
			if password != all["user0"] {
				t.Fatalf("%s has an old value", login)
			}
		}
	}
	set(t, name, map[string]string{"last": "one"})
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(name), "*"))
	if len(left) != 2 { // the file and its lock
		t.Errorf("unexpected files: %v", left)
	}
}

// killWriter lets a writer write n+1 times and kills it during the next write.
func killWriter(t *testing.T, name string, n int) {
	t.Helper()
	writer := exec.Command(os.Args[0], "-test.run=^TestEditKilled$")
	writer.Env = append(os.Environ(), killedWriter+"="+name)
	out, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range n + 1 {
		if !lines.Scan() || lines.Text() != "written" {
			t.Errorf("the writer printed %q", lines.Text())
		}
	}
	writer.Process.Kill()
	writer.Wait()
}

func fillAll(all map[string]string, generation int) error {
	for i := range 500 {
		all[fmt.Sprint("user", i)] = fmt.Sprint("password ", generation)
	}
	return nil
}

func TestLockRefusesLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/dev/null", filepath.Join(dir, ".apop.lock")); err != nil {
		t.Fatal(err)
	}
	if err := Edit(filepath.Join(dir, "apop"), nil); !errors.Is(err, syscall.ELOOP) {
		t.Error(err)
	}
}
