package maildir

import (
	"bytes"
	"runtime"
	"slices"
	"testing"
	"unsafe"
)

// To read an index takes memory for what is kept of it, not for a copy of the file.
func TestIndexBufferIsReused(t *testing.T) {
	const messages = 10_000
	table := namedTable(messages)
	content := encodeIndex(table, 0, states{})
	if int64(len(content)) < leastPooled || len(content) > firstRead {
		t.Fatalf("an index of %d octets", len(content))
	}
	least := uint64(1 << 30)
	for range 20 { // The race detector has a Pool forget some.
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		x, err := readIndex(bytes.NewReader(content), int64(len(content)), 0)
		runtime.ReadMemStats(&after)
		if err != nil || len(x.table.files) != messages {
			t.Fatal(err)
		}
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	kept := len(table.names) + messages*int(unsafe.Sizeof(file{}))
	if most := uint64(kept + kept/8 + 16<<10); least > most {
		t.Errorf("%d octets, want at most %d", least, most)
	}
}

// What was in a buffer is not taken for a part of the next index.
func TestIndexBufferIsFilled(t *testing.T) {
	table := namedTable(2000)
	content := encodeIndex(table, 0, states{})
	for cut := range 100 {
		if _, err := readIndex(bytes.NewReader(content), int64(len(content)), 0); err != nil {
			t.Fatal(err)
		}
		short := content[:len(content)-1-cut*len(content)/100]
		if x, err := readIndex(bytes.NewReader(short), int64(len(content)), 0); err == nil {
			t.Fatalf("an index without its last octets: %d messages", len(x.table.files))
		}
	}
	other := slices.Clone(content)
	other[len(other)-1] ^= 1
	if _, err := readIndex(bytes.NewReader(other), int64(len(other)), 0); err == nil {
		t.Error("a damaged index was read")
	}
}

// The totals of a snapshot are those of its messages.
func TestSnapshotTotals(t *testing.T) {
	for _, names := range [][]string{
		{}, {"1.a"}, {"1.a:2,S"}, {"1.a:2,S", "2.b:2,FS", "3.c", "4.d:2,S"}, {"1.a", "2.b:2,S"},
	} {
		for _, order := range [][]uint32{nil, {3, 1, 0, 2}} {
			if order != nil && len(order) != len(names) {
				continue
			}
			table := listedTable(names...)
			for i := range table.files {
				table.files[i].octets = int64(1) << (60 + i)
			}
			s := newSnapshot(table, &uidlSet{}, order)
			octets, last := int64(0), 0
			for n := 1; n <= s.Len(); n++ {
				octets += s.Message(n).Octets
				if s.Message(n).Seen && last == n-1 {
					last = n
				}
			}
			if l := s.listing; l.Octets() != octets || l.Last() != last || !l.HasUIDLs() {
				t.Errorf("%q in order %v: %d octets, last %d, UIDLs %v, want %d and %d", names, order, l.Octets(), l.Last(), l.HasUIDLs(), octets, last)
			}
		}
	}
	if s := newSnapshot(listedTable("1.a", "2.b"), &uidlSet{index: []uint32{1}, text: []string{""}}, nil); s.listing.HasUIDLs() {
		t.Error("a message without a UIDL was not noticed")
	}
}
