package maildir

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

func TestSizes(t *testing.T) {
	const text = "Subject: x\n\nbody" // 16 octets, 20 on the wire
	tests := []struct {
		name, file string
		options    Options
		want       int64
	}{
		{"exact", "1.a", Options{}, 20},
		{"exact, S= is not asked", "1.a,S=7", Options{}, 20},
		{"size of the file", "1.a", Options{UseFilesize: true}, 16},
		{"S=", "1.a,S=7", Options{Extended: true}, 7},
		{"S= comes before the size of the file", "1.a,S=7", Options{Extended: true, UseFilesize: true}, 7},
		{"no S=, size of the file", "1.a", Options{Extended: true, UseFilesize: true}, 16},
		{"no S=, exact", "1.a", Options{Extended: true}, 20},
		{"W= always counts", "1.a,W=21", Options{}, 21},
		{"W= before S=", "1.a,S=7,W=21", Options{Extended: true, UseFilesize: true}, 21},
		{"malformed W=", "1.a,W=21x", Options{}, 20},
		{"W= among the flags", "1.a:2,S,W=3", Options{}, 20},
		{"W= too large for the number", "1.a,W=99999999999999999999", Options{}, 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t)
			deliver(t, dir, "cur/"+tt.file, text)
			if got := open(t, dir, tt.options).Listing().Message(1).Octets; got != tt.want {
				t.Errorf("%d octets, want %d", got, tt.want)
			}
		})
	}
}

// Sizes that names make up cannot make the sum negative.
func TestSizesOverflow(t *testing.T) {
	dir := newMaildir(t, "cur/1.a,W=9223372036854775807", "cur/2.b,W=9223372036854775807", "cur/3.c,W=9")
	l := open(t, dir, Options{}).Listing()
	if l.Octets() < l.Message(1).Octets || l.Message(1).Octets < math.MaxInt32 || l.Message(3).Octets != 9 {
		t.Errorf("sizes %d + %d + %d = %d", l.Message(1).Octets, l.Message(2).Octets, l.Message(3).Octets, l.Octets())
	}
}

// A file that cannot be read has a size all the same, and the others have
// theirs.
func TestSizeUnreadable(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "cur/1.a", "a\nb\n")
	deliver(t, dir, "cur/2.b", "a\nb\n")
	restrict(t, filepath.Join(dir, "cur/1.a"), 0)
	log, text := logger()
	m := openAs(t, someUser(t, dir), dir, Options{Log: log})
	if l := m.Listing(); l.Len() != 2 || l.Message(1).Octets != 4 || l.Message(2).Octets != 6 {
		t.Errorf("listing: %d messages, %d octets", l.Len(), l.Octets())
	}
	if !strings.Contains(text.String(), "1.a") {
		t.Errorf("log: %q", text)
	}
	_, err := m.Open(t.Context(), 1)
	if !errors.Is(err, unix.EACCES) || errors.Is(err, pop3.ErrNoMessage) {
		t.Errorf("Open() = %v, want EACCES and not ErrNoMessage", err)
	}
	if got := read(t, m, 2); got != "a\nb\n" {
		t.Errorf("message 2: %q", got)
	}
}

// measure is what take makes of a table that is out of date.
func measure(t *testing.T, m *Mailbox, old *table) []int {
	t.Helper()
	gone, err := m.reader.measurer().measure(t.Context(), m.newView(old))
	if err != nil {
		t.Fatal(err)
	}
	return gone
}

// A message that is renamed between scan and measuring is measured, one that
// vanishes is left out.
func TestSizeVanished(t *testing.T) {
	for name, options := range map[string]Options{"exact": {}, "file": {UseFilesize: true}} {
		t.Run(name, func(t *testing.T) {
			dir := newMaildir(t)
			for _, file := range []string{"new/1.a", "cur/2.b:2,", "cur/3.c:2,", "cur/4.d"} {
				deliver(t, dir, file, "text\r\n")
			}
			m := open(t, dir, options)
			old := mustScan(t, dir)
			remove(t, dir, "cur/2.b:2,", "cur/4.d")
			rename(t, dir, "new/1.a", "cur/1.a:2,S")
			if err := unix.Mkfifo(dir+"/cur/4.d", 0o600); err != nil {
				t.Fatal(err)
			}
			gone := measure(t, m, old)
			if len(gone) != 2 || gone[0] != 1 || gone[1] != 3 {
				t.Errorf("gone: %v", gone)
			}
			if rest := without(old.files, gone); len(rest) != 2 || rest[0].octets != 6 || rest[1].octets != 6 {
				t.Errorf("left: %v", rest)
			}
		})
	}
}

// A file that has no end does not keep a session for ever.
func TestSizeCancelled(t *testing.T) {
	dir := newMaildir(t, "cur/1.a")
	if err := os.Truncate(filepath.Join(dir, "cur/1.a"), 1<<42); err != nil {
		t.Skipf("no sparse files here: %v", err)
	}
	ctx := &countdown{Context: t.Context(), left: 10}
	if _, err := openKnown(ctx, nil, dir, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Open() = %v, want Canceled", err)
	}
}

// countdown is a context that ends when it has been asked a few times.
type countdown struct {
	context.Context
	left int
}

// Err returns Canceled once the count is down.
func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}
