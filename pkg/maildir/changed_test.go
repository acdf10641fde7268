package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

func TestChanged(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,", "cur/2.b:2,", "cur/3.c:2,", "new/4.d")
	before := time.Now().Add(-time.Minute)
	for name, modified := range map[string]time.Time{
		// A message of long ago that was put here just now has changed now.
		"cur/2.b:2,": time.Unix(1, 0), "cur/3.c:2,": time.Now().Add(time.Hour),
	} {
		if err := os.Chtimes(filepath.Join(dir, name), modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	m := open(t, dir, Options{})
	rename(t, dir, "new/4.d", "cur/4.d:2,S")
	remove(t, dir, "cur/1.a:2,")
	tests := []struct {
		n        int
		min, max time.Time
		want     error
	}{
		{1, time.Time{}, time.Time{}, pop3.ErrNoMessage},
		{2, before, time.Now().Add(time.Minute), nil},
		{3, before.Add(time.Hour), time.Now().Add(2 * time.Hour), nil},
		{4, before, time.Now().Add(time.Minute), nil},
		{0, time.Time{}, time.Time{}, pop3.ErrNoMessage},
		{5, time.Time{}, time.Time{}, pop3.ErrNoMessage},
	}
	for _, tt := range tests {
		changed, err := m.Changed(t.Context(), tt.n)
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) || changed.Before(tt.min) || changed.After(tt.max) {
			t.Errorf("message %d: %v, %v", tt.n, changed, err)
		}
	}
	none := open(t, filepath.Join(t.TempDir(), "none"), Options{})
	if _, err := none.Changed(t.Context(), 1); !errors.Is(err, pop3.ErrNoMessage) {
		t.Errorf("no Maildir: %v", err)
	}
}
