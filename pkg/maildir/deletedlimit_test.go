package maildir

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// makeBatch makes a batch by hand, with one file in it.
func makeBatch(t *testing.T, dir, name string) {
	t.Helper()
	sub := filepath.Join(dir, DeletedDir, name, batchSubs[inCur])
	if err := os.MkdirAll(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(sub, "1.x:2,"), []byte("a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// batchesIn returns how many batches there are.
func batchesIn(t *testing.T, dir string) int {
	t.Helper()
	all, err := os.ReadDir(filepath.Join(dir, DeletedDir))
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// A client that asks every few minutes makes thousands of batches before the first of
// them expires. They expire all the same, also those that a QUIT would leave.
func TestExpireManyBatches(t *testing.T) {
	const count = expiredAtQuit + 1
	dir := newMaildir(t)
	now := time.Now()
	for k := range count {
		makeBatch(t, dir, fmt.Sprintf("%d.s%d", now.Add(-2*time.Hour).Unix(), k))
	}
	makeBatch(t, dir, fmt.Sprintf("%d.young", now.Unix()))
	files, err := ExpireDeleted(t.Context(), nil, dir, nil, now.Add(-time.Hour))
	if err != nil || files != count || batchesIn(t, dir) != 1 {
		t.Errorf("%d files removed, %d batches left, error %v", files, batchesIn(t, dir), err)
	}
}

// QUIT removes old batches, some at a time, however many young ones there are.
func TestExpireManyAtQuit(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,")
	now := time.Now()
	for k := range 2 * expiredAtQuit {
		makeBatch(t, dir, fmt.Sprintf("%d.s%d", now.Add(-time.Minute).Unix(), k))
	}
	makeBatch(t, dir, fmt.Sprintf("%d.old", now.Add(-2*time.Hour).Unix()))
	quit(t, dir, "this", keeping, 1)
	if n := batchesIn(t, dir); n != 2*expiredAtQuit+1 {
		t.Errorf("%d batches", n)
	}
}

// A time that no clock shows is not the name of a batch: nothing expires by it.
func TestBatchTime(t *testing.T) {
	dir := newMaildir(t)
	const year10000 = 253402300800
	for _, n := range []int64{year10000, math.MaxInt64 - 62135596800, math.MaxInt64 - 62135596799, math.MaxInt64} {
		makeBatch(t, dir, fmt.Sprintf("%d.s", n))
	}
	makeBatch(t, dir, fmt.Sprintf("%d.s", int64(year10000-1)))
	if files, err := ExpireDeleted(t.Context(), nil, dir, nil, time.Now()); files != 0 || err != nil {
		t.Errorf("%d files removed, error %v", files, err)
	}
	all, err := Deleted(t.Context(), nil, dir, nil)
	if err != nil || len(all) != 1 || all[0].Time.UTC().Year() != 9999 {
		t.Errorf("listed: %v, error %v", all, err)
	}
}

// The owner may link one large record into many batches. Records are read up to a limit
// for all of them together; messages without one are listed all the same.
func TestRecordLimit(t *testing.T) {
	dir := newMaildir(t)
	for _, name := range []string{"1.a", "1.b", "1.c"} {
		makeBatch(t, dir, name)
		text := recordHead + "\nremote 192.0.2.1\nmessage 5 uidl-" + name + " \"1.x\"\n"
		if err := os.WriteFile(filepath.Join(dir, DeletedDir, name, recordName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fd, err := unix.Open(filepath.Join(dir, DeletedDir), unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	left := hiddenLimits{100, 100}
	for _, want := range []struct{ batch, uidl string }{{"1.a", "uidl-1.a"}, {"1.b", "1.x"}, {"1.c", "1.x"}} {
		list, err := listBatch(fd, want.batch, &left)
		if err != nil || len(list) != 1 || list[0].UIDL != want.uidl {
			t.Errorf("%s: %v, error %v", want.batch, list, err)
		}
	}
	if left.records != 0 {
		t.Errorf("%d octets left", left.records)
	}
}

// Names may claim any size. maildirsize gets none that is negative.
func TestUndeleteQuotaLimit(t *testing.T) {
	dir := newMaildir(t, "cur/1.a,S=9223372036854775807:2,", "cur/2.b,S=9223372036854775807:2,")
	deliver(t, dir, quotaFile, "100S\n")
	quit(t, dir, "abc", keeping, 1, 2)
	undo(t, dir, keeping, 2)
	text, err := os.ReadFile(filepath.Join(dir, quotaFile))
	if want := "100S\n-9223372036854775807 -2\n9223372036854775807 2\n"; err != nil || string(text) != want {
		t.Errorf("%q, %v", text, err)
	}
}
