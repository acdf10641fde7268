package maildir

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// allocatedBy returns how many octets are allocated to read the index in a file, and the
// error.
func allocatedBy(t *testing.T, path string) (octets uint64, messages int, err error) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var stat unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &stat); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	x, err := readIndexFile(int(file.Fd()), stat, 0)
	runtime.ReadMemStats(&after)
	if err == nil {
		messages = len(x.table.files)
	}
	return after.TotalAlloc - before.TotalAlloc, messages, err
}

// A large index is read into one buffer of its size. If its file has holes, no memory is
// taken for what a head claims.
func TestIndexFileAllocations(t *testing.T) {
	const messages = 60_000
	table := namedTable(messages)
	content := encodeIndex(table, 0, states{})
	path := filepath.Join(t.TempDir(), "index")
	if len(content) < 3*firstRead {
		t.Fatalf("an index of only %d octets", len(content))
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	got, found, err := allocatedBy(t, path)
	if err != nil || found != messages {
		t.Fatal(found, err)
	}
	most := uint64(firstRead + len(content) + len(table.names) + messages*int(unsafe.Sizeof(file{})))
	if got > most+most/16 {
		t.Errorf("%d octets for an index of %d, want at most %d", got, len(content), most)
	}
	claim := appendHead(nil, indexHead{count: (maxIndexed - headOctets) / (recordOctets + 1), length: int64(maxIndexed - headOctets)})
	if err := os.WriteFile(path, claim, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, maxIndexed); err != nil {
		t.Fatal(err)
	}
	if got, _, err := allocatedBy(t, path); err == nil || got > 8<<20 {
		t.Errorf("%d octets for a file with a hole, %v", got, err)
	}
}
