package maildir

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"tpops/pkg/pop3"
)

// damagedGzip returns a gzip file of about n octets whose checksum is wrong, so that it
// has to be read to its end.
func damagedGzip(t *testing.T, n int) string {
	t.Helper()
	var file bytes.Buffer
	w := gzip.NewWriter(&file)
	random := rand.New(rand.NewPCG(1, 2))
	for range n {
		if _, err := w.Write([]byte{byte(random.Uint32())}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	content := file.Bytes()
	content[len(content)-6] ^= 0xff
	return string(content)
}

// readByThread returns how many octets this thread, which the caller keeps, has read.
func readByThread(t *testing.T) (octets int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/thread-self/io")
	if err != nil {
		t.Skip(err)
	}
	if _, err := fmt.Sscanf(string(text), "rchar: %d", &octets); err != nil {
		t.Fatal(err)
	}
	return octets
}

// A message that cannot be decoded is read to its end once in a session, and again when
// its file has changed.
func TestUndecodedOnce(t *testing.T) {
	const size, less = 1 << 20, 64 << 10
	dir := newMaildir(t)
	deliver(t, dir, "cur/1.a,S=900,W=930:2,", damagedGzip(t, size))
	m := open(t, dir, Options{})
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cost := func() int64 {
		before := readByThread(t)
		if r, err := m.Open(t.Context(), 1); r != nil || !errors.Is(err, pop3.ErrEncoded) {
			t.Fatalf("%v, %v", r, err)
		}
		return readByThread(t) - before
	}
	if got := cost(); got < size {
		t.Errorf("the first time reads %d octets", got)
	}
	for range 3 {
		if got := cost(); got > less {
			t.Errorf("another time reads %d octets", got)
		}
	}
	damage(t, filepath.Join(dir, "cur/1.a,S=900,W=930:2,")) // It is whole now, with the times and size of before.
	r, err := m.Open(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// What a session remembers has a bound, and the oldest is forgotten.
func TestUndecodedBound(t *testing.T) {
	dir := newMaildir(t)
	for n := range maxUndecoded + 2 {
		deliver(t, dir, fmt.Sprintf("cur/%d.a,S=9,W=9:2,", n+10), damagedGzip(t, 10))
	}
	m := open(t, dir, Options{})
	for range 2 {
		for n := range m.Listing().Len() {
			if _, err := m.Open(t.Context(), n+1); !errors.Is(err, pop3.ErrEncoded) {
				t.Errorf("message %d: %v", n+1, err)
			}
		}
	}
	if got := len(m.failed.known); got != maxUndecoded {
		t.Errorf("%d are remembered", got)
	}
}
