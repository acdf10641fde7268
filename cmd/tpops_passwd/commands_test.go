package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tpops/pkg/auth/secrets"
)

// Several programs at the same time wait for each other: no entry is lost.
func TestAddAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pw")
	errs := make([]error, 10)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = add(file, "user"+strconv.Itoa(i), "secret")(nil, io.Discard) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if entries, err := secrets.List(file); err != nil || len(entries) != len(errs) {
		t.Errorf("%v, %v", entries, err)
	}
}

// Only the owner can read a new file, and rewriting it removes the access of other
// users.
func TestFileMode(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pw")
	for _, test := range []struct{ before, after os.FileMode }{{0, 0o600}, {0o644, 0o640}, {0o660, 0o660}} {
		if test.before != 0 {
			if err := os.Chmod(file, test.before); err != nil {
				t.Fatal(err)
			}
		}
		if code, _, stderr := call(t, "", file, "alice", "secret"); code != 0 {
			t.Fatal(stderr)
		}
		if info, err := os.Stat(file); err != nil || info.Mode() != test.after {
			t.Errorf("before %v: %v, %v", test.before, info.Mode(), err)
		}
	}
}

// A list is written completely or not at all. Of two lines with the same id the last
// counts.
func TestAddList(t *testing.T) {
	for _, test := range []struct {
		name, list string
		code       int
		want       string // the entries afterwards
	}{
		{"twice", "bob one\nbob two\n", 0, "alice\told\nbob\ttwo\n"},
		{"empty lines", "\n\nbob x\n\n", 0, "alice\told\nbob\tx\n"},
		{"empty", "", 0, "alice\told\n"},
		{"without the last line end", "bob x", 0, "alice\told\nbob\tx\n"},
		{"password with spaces", "bob  x y \n", 0, "alice\told\nbob\tx y \n"},
		{"invalid last line", "alice new\nbob x\ncarol\n", exitData, "alice\told\n"},
		{"CRLF", "bob s3cret\r\n", exitData, "alice\told\n"},
		{"colon", "b:b s3cret\n", exitData, "alice\told\n"},
		{"long line", "bob " + strings.Repeat("s3cret", 100_000), exitData, "alice\told\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "pw")
			if code, _, stderr := call(t, "", file, "alice", "old"); code != 0 {
				t.Fatal(stderr)
			}
			code, _, stderr := call(t, test.list, "-f", "-", file)
			if code != test.code || strings.Contains(stderr, "s3cret") || (code != 0) != strings.Contains(stderr, "nothing was written") {
				t.Errorf("exit %d, %s", code, stderr)
			}
			if _, list, _ := call(t, "", "-l", file); list != test.want {
				t.Errorf("%q, want %q", list, test.want)
			}
		})
	}
}

// full is a standard output that cannot be written, such as a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// A result that cannot be written is an error.
func TestOutputFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pw")
	if code, _, stderr := call(t, "", file, "alice", "secret"); code != 0 {
		t.Fatal(stderr)
	}
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("pencil\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-l", file}, {"--help"}, {"--version"}, {"--hash", "SCRAM-SHA-256"}} {
		stdin, err := os.Open(password)
		if err != nil {
			t.Fatal(err)
		}
		var stderr strings.Builder
		if code := run(args, stdin, full{}, &stderr); code == 0 || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("%q: exit %d, %s", args, code, stderr.String())
		}
		stdin.Close()
	}
}

// No error contains the password.
func TestErrorsShowNoSecret(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{
		{filepath.Join(dir, "pw"), "a:b", "s3cret"}, {filepath.Join(dir, "pw"), "alice", "s3cret\n"}, {filepath.Join(dir, "pw"), "", "s3cret"},
		{filepath.Join(dir, "none", "pw"), "alice", "s3cret"}, {dir, "alice", "s3cret"}, {filepath.Join(dir, "pw"), "alice", strings.Repeat("s3cret", 1000)},
		{filepath.Join(dir, "pw"), "alice", "s3cret", "more"}, {"", "alice", "s3cret"},
	} {
		if code, stdout, stderr := call(t, "", args...); code == 0 || strings.Contains(stdout+stderr, "s3cret") {
			t.Errorf("%.40q: exit %d, %s%s", args, code, stdout, stderr)
		}
	}
}
