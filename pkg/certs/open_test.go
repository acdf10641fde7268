package certs

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"testing"

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
