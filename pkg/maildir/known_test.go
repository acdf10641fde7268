package maildir

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tpops/pkg/osuser"
)

// knownVariable selects what the process of the tests knows of mailboxes:
// nothing if it is not set.
const knownVariable = "TPOPS_TEST_KNOWN"

// knownCaches are the memory of a process that runs with knownVariable: a *Cache
// for each Maildir. Tests use names again that no program gives to two messages,
// and the file system inodes.
var knownCaches sync.Map

// openKnown is Open, with what knownVariable selects.
func openKnown(ctx context.Context, owner *osuser.Owner, dir string, options Options) (*Mailbox, error) {
	if os.Getenv(knownVariable) != "" {
		options.Index, options.minIndexed = true, 1
	}
	if !filepath.IsAbs(dir) {
		return Open(ctx, owner, dir, options) // Nothing may be written to the working directory.
	}
	path := filepath.Join(dir, indexName)
	// What cannot be made is not there, as in a Maildir that is missing.
	switch os.Getenv(knownVariable) {
	case "warm":
		cache, _ := knownCaches.LoadOrStore(dir, NewCache(64<<20))
		options.Cache, _ = cache.(*Cache)
	case "damaged":
		if content, err := os.ReadFile(path); err == nil && len(content) > 0 {
			content[len(content)/2]++
			_ = os.WriteFile(path, content, 0o644)
		} else {
			_ = os.WriteFile(path, []byte("damaged\n"), 0o644)
		}
	case "unwritable":
		_ = os.Mkdir(path, 0o700)
	}
	return Open(ctx, owner, dir, options)
}

// notKnown are the tests that TestKnown does not repeat: those that select memory and index
// themselves, and those that do much and do not use openKnown.
const notKnown = "^Test(Known|Cache|Examine|ExpireMany|Helper|Index|Lazy|MeasureAhead|Model|NeverRests|Reuse|Unwatched|WatchOverflow|Storm$" +
	"|Tripwire($|First)|Served(IsRare|Allocations|Odd|Unwritable|Stale|Together)|Filter$|OpenAllocations|TableAllocations|Dovecot(Together|LeftOut|Lost|First)|Courier(First|LeftOut))"

// The tests of this package pass with memory and index, with the index alone,
// and when the index is damaged or cannot be written.
func TestKnown(t *testing.T) {
	if os.Getenv(knownVariable) != "" {
		t.Skip("runs already")
	}
	t.Cleanup(func() {
		if left, err := filepath.Glob(indexName + "*"); left != nil || err != nil {
			t.Errorf("left in the working directory: %v, %v", left, err)
		}
	})
	for _, known := range []string{"warm", "index", "damaged", "unwritable"} {
		t.Run(known, func(t *testing.T) {
			t.Parallel()
			tests := exec.Command(os.Args[0], "-test.run=^Test", "-test.skip="+notKnown)
			tests.Env = append(os.Environ(), knownVariable+"="+known)
			output, err := tests.CombinedOutput()
			if err != nil || !strings.HasSuffix(strings.TrimSpace(string(output)), "PASS") {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}
