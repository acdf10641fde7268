package backend

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"tpops/pkg/maildir"
)

// cached returns a cache that contains a mailbox.
func cached(t *testing.T) *maildir.Cache {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Maildir")
	for _, name := range []string{"", "new", "cur", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cache := maildir.NewCache(1 << 20)
	for until := time.Now().Add(10 * time.Second); cache.Stats().Hits == 0; {
		m, err := maildir.Open(t.Context(), nil, dir, maildir.Options{Cache: cache})
		if err != nil {
			t.Fatal(err)
		}
		_ = m.Close()
		if time.Now().After(until) {
			t.Fatal("the mailbox is never opened from memory")
		}
	}
	return cache
}

// A configuration that cannot be used leaves the cache of the present one alone.
func TestOpenFailedKeepsCache(t *testing.T) {
	env := newEnvironment()
	env.Kept.Mailboxes = cached(t)
	missing := filepath.Join(t.TempDir(), "none", "passwd")
	c := load(t, "--parallel-type=thread", "--auth-type=passwd-file", "--passwd-file="+missing, "--mailbox-cache=0")
	if b, err := Open(c, env); err == nil {
		b.Release()
		t.Fatal("no error")
	}
	if s := env.Kept.Mailboxes.Stats(); s.Mailboxes != 1 {
		t.Errorf("%d mailboxes are left in the cache", s.Mailboxes)
	}
}
