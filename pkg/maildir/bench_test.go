package maildir

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// benchmarkMaildir makes a Maildir with messages of 2 KiB. With named, their
// names contain their sizes.
func benchmarkMaildir(b *testing.B, messages int, named bool) string {
	b.Helper()
	dir := newMaildir(b)
	text := strings.Repeat("A line of a message, as long as most of them are.\n", 40)
	for i := range messages {
		name := fmt.Sprintf("cur/%d.M%06dP%d.mail.example.org", 1_700_000_000+i, i, 1000+i%9000)
		if named {
			name += fmt.Sprintf(",S=%d,W=%d", len(text), len(text)+40)
		}
		deliver(b, dir, name+":2,S", text)
	}
	return dir
}

// benchmarkOpen opens a mailbox of each kind with options, after it was opened
// once. before is done before each open.
func benchmarkOpen(b *testing.B, options func() Options, before func(b *testing.B, dir string)) {
	for _, messages := range []int{100, 10_000, 100_000} {
		for _, named := range []bool{true, false} {
			b.Run(fmt.Sprintf("messages=%d/named=%v", messages, named), func(b *testing.B) {
				dir, o := benchmarkMaildir(b, messages, named), options()
				awaitOld(b, dir)
				openOnce(b, dir, o)
				b.ReportAllocs()
				for b.Loop() {
					before(b, dir)
					openOnce(b, dir, o)
				}
			})
		}
	}
}

func openOnce(b *testing.B, dir string, options Options) {
	m, err := Open(b.Context(), nil, dir, options)
	if err != nil {
		b.Fatal(err)
	}
	_ = m.Close()
}

// BenchmarkFirstLook opens mailboxes of which nothing is known.
func BenchmarkFirstLook(b *testing.B) {
	benchmarkOpen(b, func() Options { return Options{Lock: true} }, func(*testing.B, string) {})
}

// BenchmarkMemory opens mailboxes that have not changed.
func BenchmarkMemory(b *testing.B) {
	benchmarkOpen(b, func() Options { return Options{Lock: true, Cache: NewCache(1 << 30)} }, func(*testing.B, string) {})
}

// BenchmarkIndex opens mailboxes that have not changed, as a new process does.
func BenchmarkIndex(b *testing.B) {
	benchmarkOpen(b, func() Options { return Options{Lock: true, Index: true} }, func(*testing.B, string) {})
}

// BenchmarkDelivery opens mailboxes in which there is one more message, as a
// process does that has the index only, or the last listing.
func BenchmarkDelivery(b *testing.B) {
	count := 0
	deliverOne := func(b *testing.B, dir string) {
		b.StopTimer()
		defer b.StartTimer()
		count++
		deliver(b, dir, fmt.Sprintf("new/%d.new", 1_800_000_000+count), "One more message\n")
		awaitOld(b, dir)
	}
	for name, options := range map[string]func() Options{
		"index":  func() Options { return Options{Lock: true, Index: true} },
		"memory": func() Options { return Options{Lock: true, Index: true, Cache: NewCache(1 << 30)} },
	} {
		b.Run(name, func(b *testing.B) { benchmarkOpen(b, options, deliverOne) })
	}
}

// A message that is fetched costs few allocations, and no descriptor that the
// runtime waits for.
func TestFetchAllocations(t *testing.T) {
	dir := newMaildir(t, "cur/1.a", "new/2.b")
	m := open(t, dir, Options{})
	buf := make([]byte, 100)
	allocations := testing.AllocsPerRun(100, func() {
		r, err := m.Open(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = r.Read(buf)
		}
		if err := errors.Join(r.Close(), r.Close()); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 14 {
		t.Errorf("%v allocations for a message", allocations)
	}
}
