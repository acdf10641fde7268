package maildir

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"
	"testing"
)

// zeros yields nothing but zeros, as a file without content does.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// The work with a table allocates by the table and not by the message.
func TestTableAllocations(t *testing.T) {
	for _, messages := range []int{100, 20_000} {
		table := namedTable(messages)
		content := encodeIndex(table, 0, states{})
		for name, tt := range map[string]struct {
			step func()
			most float64
		}{
			"read index": {func() {
				if x, err := readIndex(bytes.NewReader(content), int64(len(content)), 0); err != nil || len(x.table.files) != messages {
					t.Fatal(err)
				}
			}, 12},
			"write index":  {func() { encodeIndex(table, 0, states{}) }, 4},
			"assign UIDLs": {func() { assignUIDLs(table, nil) }, 2},
			"snapshot":     {func() { newSnapshot(table, &uidlSet{}) }, 3},
			"inherit":      {func() { table.inherit(table) }, 0},
			"no changes":   {func() { encodeChanges(table, table, indexFile{}, 0, states{}) }, 8},
		} {
			if got := testing.AllocsPerRun(3, tt.step); got > tt.most {
				t.Errorf("%s of %d messages: %v allocations, want at most %v", name, messages, got, tt.most)
			}
		}
	}
}

// What a head claims is not allocated before it is there: neither records nor
// names of a file without content.
func TestIndexClaimsAreNotAllocated(t *testing.T) {
	const size, long = maxIndexed, 1<<16 - 1
	records := appendHead(nil, indexHead{count: (size - headOctets) / (recordOctets + 1), length: int64(size - headOctets)})
	count := (size - headOctets) / (recordOctets + long)
	names := appendHead(nil, indexHead{count: count, length: int64(count * (recordOctets + long))})
	for range count {
		names = append(names, make([]byte, recordOctets)...)
		binary.LittleEndian.PutUint16(names[len(names)-4:], long)
	}
	for name, head := range map[string][]byte{"records": records, "names": names} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		x, err := readIndex(io.MultiReader(bytes.NewReader(head), zeros{}), size, 0)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: %d files", name, len(x.table.files))
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 8<<20 {
			t.Errorf("%s: %d octets were allocated", name, taken)
		}
	}
}
