package maildir

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// indexStat returns the status of the index of a Maildir.
func indexStat(t *testing.T, dir string) (stat unix.Stat_t) {
	t.Helper()
	if err := unix.Lstat(filepath.Join(dir, indexName), &stat); err != nil {
		t.Fatal(err)
	}
	return stat
}

// wantIndexKept checks that logins do not write the index again.
func wantIndexKept(t *testing.T, dir string, login func()) {
	t.Helper()
	login()
	before := indexStat(t, dir)
	for range 3 {
		login()
	}
	after := indexStat(t, dir)
	if after.Ino != before.Ino || after.Size != before.Size || after.Mtim != before.Mtim {
		t.Errorf("the index was written again: inode %d, %d octets; then inode %d, %d octets", before.Ino, before.Size, after.Ino, after.Size)
	}
}

// The index of an unchanged mailbox is not written again, even if each login has
// to read the mailbox.
func TestIndexNotWrittenAgain(t *testing.T) {
	t.Run("unreadable message", func(t *testing.T) {
		for _, options := range []Options{indexing(), {Index: true, minIndexed: 1, Cache: NewCache(1 << 20)}} {
			dir := newMaildir(t, "cur/1.a", "cur/2.b")
			owner := someUser(t, dir)
			restrict(t, filepath.Join(dir, "cur/1.a"), 0)
			awaitOld(t, dir)
			wantIndexKept(t, dir, func() { _ = openAs(t, owner, dir, options).Close() })
		}
	})
	t.Run("network", func(t *testing.T) {
		for name, files := range map[string][]string{
			"plain": {"cur/1.a", "cur/2.b"}, "copies": {"cur/1.a", "new/1.a", "cur/2.b"},
		} {
			dir := newMaildir(t, files...)
			age(t, dir)
			awaitOld(t, dir)
			t.Run(name, func(t *testing.T) { wantIndexKept(t, dir, func() { openRemote(t, dir) }) })
			if x := indexOf(t, dir); x.table.dirs != (states{}) {
				t.Errorf("%s: times that are not trusted are kept: %+v", name, x.table.dirs)
			}
		}
	})
}

// openRemote reads a Maildir as if it were on a file server, long after the last
// change.
func openRemote(t *testing.T, dir string) {
	t.Helper()
	m := open(t, dir, Options{})
	defer m.Close()
	now, err := m.look("")
	if err != nil {
		t.Fatal(err)
	}
	options := indexing()
	m.reader.options, m.local = &options, false
	if _, _, err := m.reader.read(t.Context(), now, nil); err != nil {
		t.Fatal(err)
	}
}

// An index that another user has put into the Maildir is not believed.
func TestIndexOfAnotherUser(t *testing.T) {
	needRoot(t)
	dir := newMaildir(t, "cur/1.a", "cur/2.b")
	giveTo(t, alice, dir)
	awaitOld(t, dir)
	openAs(t, alice, dir, indexing())
	path := filepath.Join(dir, indexName)
	if err := errors.Join(os.Chown(path, bobID, bobID), os.Chmod(path, 0o666)); err != nil {
		t.Fatal(err)
	}
	m := openAs(t, alice, dir, Options{})
	if _, err := m.reader.index().open(); !errors.Is(err, errIndex) {
		t.Errorf("openIndex() = %v", err)
	}
	openAs(t, alice, dir, indexing())
	if stat := indexStat(t, dir); stat.Uid != aliceID || stat.Mode&0o777 != 0o600 {
		t.Errorf("the index belongs to %d, mode %o", stat.Uid, stat.Mode)
	}
}

// A login that ends early leaves the sizes that it has found, so that a client
// which does not wait long enough can log in to a large mailbox at last.
func TestIndexKeepsSizesOfCancelled(t *testing.T) {
	dir := newMaildir(t)
	const messages = 50
	cached := Options{Index: true, minIndexed: 1, Cache: NewCache(1 << 20)}
	for round, options := range []Options{indexing(), cached, cached} {
		for i := range messages {
			deliver(t, dir, fmt.Sprintf("cur/%d.a", 1000*round+i), "one\ntwo\n")
		}
		awaitOld(t, dir)
		attempts := 0
		for ; attempts < 20; attempts++ {
			ctx, cancel := context.WithCancel(t.Context())
			steps := 0
			m, err := Open(pacer{ctx, func() {
				if steps++; steps == 60 {
					cancel()
				}
			}}, nil, dir, options)
			cancel()
			if err == nil {
				wantSame(t, m, open(t, dir, Options{}))
				_ = m.Close()
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		if attempts == 0 || attempts == 20 {
			t.Errorf("%d logins were cancelled", attempts)
		}
	}
}

// A claim of records that do not fit into the block is refused before anything
// is allocated.
func TestIndexClaimsTooMuch(t *testing.T) {
	for _, count := range []uint32{1 << 31, 1<<32 - 1, 6} {
		block := appendHead(nil, indexHead{})
		binary.LittleEndian.PutUint32(block[16:], count)
		block = append(block, strings.Repeat("x", 5*(recordOctets+1))...)
		sealBlock(block)
		x := &indexReader{size: int64(len(block))}
		head, err := parseHead(block)
		if err != nil {
			t.Fatal(err)
		}
		if x.follows(head) {
			t.Errorf("%d records in %d octets", count, head.length)
		}
	}
}

// What is kept of a mailbox keeps nothing else alive.
func TestCacheKeepsNoUIDLFile(t *testing.T) {
	for _, lines := range []int{1, 2} {
		text := strings.Clone("1.a\tuidl-1\n2.b\tuidl-2\n" + strings.Repeat("# comment\n", 1000))
		given, _, err := parseUIDLs(text, maxUIDLLines)
		if err != nil {
			t.Fatal(err)
		}
		names := listedTable("1.a", "2.b")
		names.files = names.files[:lines]
		for _, uidl := range assignUIDLs(names, given).text {
			at, start := uintptr(unsafe.Pointer(unsafe.StringData(uidl))), uintptr(unsafe.Pointer(unsafe.StringData(text)))
			if at >= start && at < start+uintptr(len(text)) {
				t.Errorf("%d given UIDLs: %q is a part of the file", lines, uidl)
			}
		}
		runtime.KeepAlive(text)
	}
}

// listedTable returns the table of messages in cur with the given names, in order.
func listedTable(names ...string) *table {
	t := &table{names: strings.Join(names, "")}
	start := 0
	for _, name := range names {
		t.files = append(t.files, newFile(name, start, inCur))
		start += len(name)
	}
	return t
}

// Names that were read from an index have no more room than is counted.
func TestCacheCountsNames(t *testing.T) {
	for _, length := range []int{90, 130, 200, 240} {
		var names []string
		for i := range 3000 {
			names = append(names, fmt.Sprintf("%d.%s", 10_000+i, strings.Repeat("x", length)))
		}
		block := encodeIndex(listedTable(names...), 0, states{})
		x := &indexReader{r: strings.NewReader(string(block)), size: int64(len(block))}
		if err := x.block(false); err != nil {
			t.Fatal(err)
		}
		x.trim()
		if got := x.table.names; x.names.Cap() > len(got)*9/8 && unsafe.StringData(got) == unsafe.StringData(x.names.String()) {
			t.Errorf("%d octets of names keep %d", len(got), x.names.Cap())
		}
	}
}

// A login that fails leaves the reading to one of those that wait for it.
func TestCacheFailedOnce(t *testing.T) {
	cache := NewCache(1 << 20)
	dir, goOn := held(t, cache, true)
	const waiting = 5
	var wait, asked sync.WaitGroup
	asked.Add(waiting)
	for range waiting {
		wait.Go(func() {
			m, err := Open(&waiter{Context: t.Context(), waits: asked.Done}, nil, dir, Options{Cache: cache})
			if err != nil {
				t.Error(err)
				return
			}
			_ = m.Close()
		})
	}
	asked.Wait()
	goOn()
	wait.Wait()
	wantStats(t, cache, waiting-1, 2)
}

// waiter is a context that calls waits when a login begins to wait.
type waiter struct {
	context.Context
	once  sync.Once
	waits func()
}

func (w *waiter) Done() <-chan struct{} {
	w.once.Do(w.waits)
	return w.Context.Done()
}

// A change shows although a program has set a time in the future.
func TestCacheFutureTime(t *testing.T) {
	dir := newMaildir(t, "cur/1.a")
	later := time.Now().Add(24 * time.Hour)
	for _, sub := range subNames {
		if err := os.Chtimes(filepath.Join(dir, sub), later, later); err != nil {
			t.Fatal(err)
		}
	}
	awaitOld(t, dir)
	options := Options{Cache: NewCache(1 << 20)}
	for range 2 {
		open(t, dir, options)
	}
	wantStats(t, options.Cache, 1, 1)
	deliver(t, dir, "cur/2.b", "")
	wantSame(t, open(t, dir, options), open(t, dir, Options{}))
	if err := os.Chtimes(filepath.Join(dir, "cur"), later, later); err != nil {
		t.Fatal(err)
	}
	remove(t, dir, "cur/1.a")
	if err := os.Chtimes(filepath.Join(dir, "cur"), later, later); err != nil {
		t.Fatal(err)
	}
	wantSame(t, open(t, dir, options), open(t, dir, Options{}))
}
