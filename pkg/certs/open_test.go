package certs

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/certs/certstest"
)

// TestOpenReportsAll checks that the error has each file that cannot be used, and not
// only the first one.
func TestOpenReportsAll(t *testing.T) {
	f := newFolder(t)
	good := f.issue("good", certstest.Leaf{Names: []string{"mail.example.org"}})
	_, err := Open(Options{
		Pairs: []Pair{
			{"/nonexistent/a.pem", "/nonexistent/a.key"}, good, {good.Cert, f.issue("other", certstest.Leaf{Names: []string{"x.example.org"}}).Key},
		},
		ClientCA: "/nonexistent/ca.pem", MinVersion: tls.VersionTLS12, Log: slog.New(slog.DiscardHandler),
	})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	lines := strings.Split(err.Error(), "\n")
	for i, want := range []string{"/nonexistent/a.pem", "/nonexistent/a.key", "other.key", "/nonexistent/ca.pem"} {
		if i >= len(lines) || !strings.Contains(lines[i], want) {
			t.Errorf("error %d lacks %s: %q", i+1, want, lines)
		}
	}
	if len(lines) != 4 {
		t.Errorf("%d errors: %q", len(lines), lines)
	}
}

// TestOpenDuringRenewal opens a certificate whose key is written a moment later, as a child
// does that starts during a renewal.
func TestOpenDuringRenewal(t *testing.T) {
	f := newFolder(t)
	pair := f.issue("a", certstest.Leaf{Names: []string{"a.example"}})
	key, err := os.ReadFile(pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	for name, old := range map[string]func() error{
		"other key": func() error { return os.WriteFile(pair.Key, []byte(f.otherKey()), 0o600) },
		"half":      func() error { return os.WriteFile(pair.Key, key[:len(key)/2], 0o600) },
		"none":      func() error { return os.Remove(pair.Key) },
	} {
		if err := old(); err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			go func() {
				time.Sleep(openPause * 5 / 2)
				if err := os.WriteFile(pair.Key, key, 0o600); err != nil {
					t.Error(err)
				}
			}()
			if _, err := openSource(pair, nil); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// TestOpenOld checks that files that have not just been written are not read again.
func TestOpenOld(t *testing.T) {
	w := watch{}
	if w.fresh() {
		t.Error("missing files are new")
	}
	w.seen[1].Change = time.Now().UnixNano()
	if !w.fresh() {
		t.Error("a new file is not new")
	}
	w.seen[1].Change -= int64(time.Minute)
	if w.fresh() {
		t.Error("an old file is new")
	}
}

// otherKey returns the key of another certificate.
func (f *folder) otherKey() string {
	f.t.Helper()
	text, err := os.ReadFile(f.issue("other", certstest.Leaf{Names: []string{"b.example"}}).Key)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(text)
}
