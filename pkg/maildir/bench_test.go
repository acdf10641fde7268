package maildir

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
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
				var used time.Duration
				for b.Loop() {
					before(b, dir)
					start := cpuTime(b)
					openOnce(b, dir, o)
					used += cpuTime(b) - start
				}
				b.ReportMetric(float64(used.Nanoseconds())/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

// cpuTime returns the processor time of the process, which says more than the
// time on a machine that has other things to do.
func cpuTime(b *testing.B) time.Duration {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
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
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 7 { // 5, and those of a pool that the race detector empties
		t.Errorf("%v allocations for a message", allocations)
	}
}

// namedTable returns a table of so many messages in cur, measured.
func namedTable(messages int) *table {
	names := make([]string, messages)
	for i := range names {
		names[i] = fmt.Sprintf("%d.M%06dP%d.mail.example.org:2,S", 1_700_000_000+i, i, 1000+i%9000)
	}
	t := listedTable(names...)
	for i := range t.files {
		t.files[i].octets, t.files[i].inode, t.files[i].print = int64(i), uint32(i+1), uint32(i+2)
	}
	t.plain = true
	return t
}

// BenchmarkTable does what a login does with a table of 10,000 messages.
func BenchmarkTable(b *testing.B) {
	const messages = 10_000
	t := namedTable(messages)
	content := encodeIndex(t, 0, states{})
	steps := map[string]func(){
		"read index": func() {
			if _, err := readIndex(bytes.NewReader(content), int64(len(content)), 0); err != nil {
				b.Fatal(err)
			}
		},
		"write index":  func() { encodeIndex(t, 0, states{}) },
		"assign UIDLs": func() { assignUIDLs(t, nil) },
		"snapshot":     func() { newSnapshot(t, &uidlSet{}, nil) },
		"inherit":      func() { t.inherit(t) },
		"find": func() {
			if first, end := t.find(t.unique(t.files[messages/3])); end != first+1 {
				b.Fatal(first, end)
			}
		},
		"changes": func() { encodeChanges(t, t, indexFile{}, 0, states{}) },
	}
	for _, name := range slices.Sorted(maps.Keys(steps)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				steps[name]()
			}
		})
	}
}

// BenchmarkName does what is done with each name.
func BenchmarkName(b *testing.B) {
	const name, next = "1700000000.M000001P1000.mail.example.org,S=1000,W=1030:2,S", "1700000000.M000002P1000.mail.example.org,S=1000,W=1030:2,S"
	for what, step := range map[string]func() bool{
		"uniqueLen":     func() bool { return uniqueLen(name) > 0 },
		"isUIDL":        func() bool { return isUIDL(name[:uniqueLen(name)]) },
		"compareUnique": func() bool { return compareUnique(name, next) < 0 },
		"isSeen":        func() bool { return isSeen(name) },
		"field":         func() bool { _, ok := field(name[:uniqueLen(name)], 'W'); return ok },
	} {
		b.Run(what, func(b *testing.B) {
			for b.Loop() {
				if !step() {
					b.Fatal(name)
				}
			}
		})
	}
}
