package maildir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// awaitOld waits until the clock has moved on so far that any further change of
// the Maildir gets another time. Nothing else can make a directory old.
func awaitOld(t testing.TB, dir string) {
	t.Helper()
	if !becomesOld(t, dir, 4000) {
		t.Fatal("the directories never become old")
	}
}

// becomesOld is awaitOld with a number of attempts, a millisecond each.
func becomesOld(t testing.TB, dir string, attempts int) bool {
	t.Helper()
	m := open(t, dir, Options{})
	defer m.Close()
	for range attempts {
		l, err := m.look(uidlFile) // A new tpops_uidl has to become old too.
		if err != nil {
			t.Fatal(err)
		}
		if l.settled {
			return true
		}
		time.Sleep(time.Millisecond)
	}
	return false
}

// wantStats checks how often a cache was of use.
func wantStats(t *testing.T, c *Cache, hits, misses int64) {
	t.Helper()
	if s := c.Stats(); s.Hits != hits || s.Misses != misses {
		t.Errorf("%d hits, %d misses; want %d, %d", s.Hits, s.Misses, hits, misses)
	}
}

func TestCacheUnchanged(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "cur/2.b:2,S", "cur/3.c with blank:2,")
	deliver(t, dir, "cur/4.d:2,", "one\ntwo\n")
	awaitOld(t, dir)
	options := Options{Cache: NewCache(1 << 20)}
	first, second := open(t, dir, options), open(t, dir, options)
	wantStats(t, options.Cache, 1, 1)
	if first.snap != second.snap {
		t.Error("two sessions have a snapshot each")
	}
	wantSame(t, second, open(t, dir, Options{}))
	if got := read(t, second, 4); got != "one\ntwo\n" {
		t.Errorf("message 4: %q", got)
	}
	update(t, second, mark([]int{1}, []int{4}))
	wantFiles(t, dir, "cur/2.b:2,S", "cur/3.c with blank:2,", "cur/4.d:2,S")
	wantSame(t, open(t, dir, options), open(t, dir, Options{}))
}

// wantSame checks that two mailboxes have the same messages.
func wantSame(t *testing.T, got, want *Mailbox) {
	t.Helper()
	a, b := got.Listing(), want.Listing()
	if a.Len() != b.Len() || a.Octets() != b.Octets() || a.Last() != b.Last() || a.HasUIDLs() != b.HasUIDLs() {
		t.Errorf("%d messages, %d octets, last %d; want %d, %d, %d", a.Len(), a.Octets(), a.Last(), b.Len(), b.Octets(), b.Last())
	}
	for _, m := range []*Mailbox{got, want} {
		if err := m.Load(t.Context()); err != nil {
			t.Error(err)
			return
		}
	}
	if loaded := got.Listing(); loaded.Len() != a.Len() || loaded.Octets() != a.Octets() || loaded.Last() != a.Last() || loaded.HasUIDLs() != a.HasUIDLs() {
		t.Errorf("%d messages, %d octets, last %d; before Load %d, %d, %d", loaded.Len(), loaded.Octets(), loaded.Last(), a.Len(), a.Octets(), a.Last())
	}
	a, b = got.Listing(), want.Listing()
	for n := 1; n <= min(a.Len(), b.Len()); n++ {
		if a.Message(n) != b.Message(n) {
			t.Errorf("message %d: %+v, want %+v", n, a.Message(n), b.Message(n))
		}
	}
}

// Whatever changes, the next login sees it.
func TestCacheChanged(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, dir string)
	}{
		{"delivery", func(t *testing.T, dir string) {
			deliver(t, dir, "tmp/9.z", "text\n")
			rename(t, dir, "tmp/9.z", "new/9.z")
		}},
		{"flags", func(t *testing.T, dir string) { rename(t, dir, "cur/2.b:2,", "cur/2.b:2,S") }},
		{"new to cur", func(t *testing.T, dir string) { rename(t, dir, "new/1.a", "cur/1.a:2,S") }},
		{"removal", func(t *testing.T, dir string) { remove(t, dir, "cur/2.b:2,") }},
		{"with the old times", func(t *testing.T, dir string) {
			stat, err := os.Stat(filepath.Join(dir, "new"))
			if err != nil {
				t.Fatal(err)
			}
			deliver(t, dir, "new/9.z", "text\n")
			if err := os.Chtimes(filepath.Join(dir, "new"), stat.ModTime(), stat.ModTime()); err != nil {
				t.Fatal(err)
			}
		}},
		{"another file under the name", func(t *testing.T, dir string) {
			deliver(t, dir, "tmp/x", "a message that is longer\n")
			rename(t, dir, "tmp/x", "cur/2.b:2,")
		}},
		{"cur replaced", func(t *testing.T, dir string) {
			rename(t, dir, "cur", "old")
			if err := os.Mkdir(filepath.Join(dir, "cur"), 0o700); err != nil {
				t.Fatal(err)
			}
			deliver(t, dir, "cur/5.e", "five")
		}},
		{"tpops_uidl made", func(t *testing.T, dir string) {
			deliver(t, dir, uidlFile, "1.a\tother\n")
			awaitOld(t, dir)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t, "new/1.a", "cur/2.b:2,")
			awaitOld(t, dir)
			options := Options{Cache: NewCache(1 << 20), UIDLConvert: true}
			for range 2 {
				open(t, dir, options)
			}
			wantStats(t, options.Cache, 1, 1)
			tt.change(t, dir)
			for range 3 {
				wantSame(t, open(t, dir, options), open(t, dir, Options{UIDLConvert: true}))
			}
		})
	}
}

// What changed a moment ago is read again: another change may show the same
// time.
func TestCacheChangedJustNow(t *testing.T) {
	dir := newMaildir(t, "new/1.a")
	then := time.Now().Add(-time.Hour)
	options := Options{Cache: NewCache(1 << 20), clock: func() time.Time { return then }}
	for range 3 {
		open(t, dir, options)
	}
	wantStats(t, options.Cache, 0, 3)
}

// A size that could not be read is not kept.
func TestCacheUnreadable(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "cur/1.a", "a\nb\n")
	owner := someUser(t, dir)
	restrict(t, filepath.Join(dir, "cur/1.a"), 0)
	awaitOld(t, dir)
	options := Options{Cache: NewCache(1 << 20)}
	openAs(t, owner, dir, options)
	if err := os.Chmod(filepath.Join(dir, "cur/1.a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := openAs(t, owner, dir, options).Listing().Octets(); got != 6 {
		t.Errorf("%d octets, want 6", got)
	}
}

// A user who may not read a Maildir gets nothing of it from memory.
func TestCacheOwners(t *testing.T) {
	needRoot(t)
	dir := bobsMaildir(t)
	awaitOld(t, dir)
	options := Options{Cache: NewCache(1 << 20)}
	openAs(t, bob, dir, options)
	if m, err := Open(t.Context(), alice, dir, options); !errors.Is(err, os.ErrPermission) {
		t.Errorf("Open() = %v, %v", m, err)
	}
	// She may pass through, but not read: what bob's login found is not hers.
	for _, name := range []string{"", "cur", "new"} {
		if err := errors.Join(os.Chmod(filepath.Join(dir, name), 0o733), os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	awaitOld(t, dir)
	for range 2 {
		openAs(t, bob, dir, options)
	}
	if m, err := Open(t.Context(), alice, dir, options); !errors.Is(err, os.ErrPermission) {
		t.Errorf("Open() = %v, %v", m, err)
	}
}

// Settings that change the listing are never mixed.
func TestCacheSettings(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "cur/1.a,S=99", "a\nb\n")
	deliver(t, dir, uidlFile, "1.a,S=99\tother\n")
	awaitOld(t, dir)
	cache := NewCache(1 << 20)
	for _, options := range []Options{{}, {UseFilesize: true}, {Extended: true}, {UIDLConvert: true}} {
		want := open(t, dir, options)
		options.Cache = cache
		for range 2 {
			wantSame(t, open(t, dir, options), want)
		}
	}
	wantStats(t, cache, 4, 4)
}

// The limit holds, and the mailbox that was used least recently goes first.
func TestCacheEviction(t *testing.T) {
	var dirs []string
	for range 3 {
		dir := newMaildir(t, "cur/1."+strings.Repeat("x", 200))
		awaitOld(t, dir)
		dirs = append(dirs, dir)
	}
	cache := NewCache(3*entryOctets - 1)
	use := func(i int, hit bool) {
		t.Helper()
		before := cache.Stats().Hits
		open(t, dirs[i], Options{Cache: cache})
		if got := cache.Stats().Hits > before; got != hit {
			t.Errorf("mailbox %d: from memory: %v", i, got)
		}
	}
	use(0, false)
	use(1, false)
	use(0, true)
	use(2, false)
	use(0, true)
	use(1, false)
	s := cache.Stats()
	if s.Mailboxes != 2 || s.Evictions != 2 || s.Octets > 3*entryOctets-1 || len(cache.entries) != 2 {
		t.Errorf("%+v, %d entries", s, len(cache.entries))
	}
	cache.SetLimit(0)
	if s := cache.Stats(); s.Mailboxes != 0 || s.Octets != 0 || len(cache.entries) != 0 {
		t.Errorf("switched off: %+v", s)
	}
	open(t, dirs[0], Options{Cache: cache})
	if s := cache.Stats(); s.Mailboxes != 0 || s.Misses != 4 {
		t.Errorf("switched off, after a login: %+v", s)
	}
}

// A mailbox that is larger than the cache takes nothing from the others.
func TestCacheTooLarge(t *testing.T) {
	small, large := newMaildir(t, "cur/1.a"), newMaildir(t)
	for i := range 100 {
		deliver(t, large, fmt.Sprintf("cur/%d.a", i), "")
	}
	awaitOld(t, small)
	awaitOld(t, large)
	cache := NewCache(entryOctets + 500)
	open(t, small, Options{Cache: cache})
	open(t, large, Options{Cache: cache})
	if s := cache.Stats(); s.Mailboxes != 1 || s.Evictions != 0 || len(cache.entries) != 1 {
		t.Errorf("%+v", s)
	}
}

// Logins that arrive together read the mailbox once.
func TestCacheTogether(t *testing.T) {
	dir := newMaildir(t)
	for i := range 50 {
		deliver(t, dir, fmt.Sprintf("cur/%d.a", i), "text\n")
	}
	awaitOld(t, dir)
	cache := NewCache(1 << 20)
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			m, err := Open(t.Context(), nil, dir, Options{Cache: cache})
			if err != nil {
				t.Error(err)
				return
			}
			defer m.Close()
			if m.Listing().Len() != 50 {
				t.Errorf("%d messages", m.Listing().Len())
			}
		})
	}
	wait.Wait()
	wantStats(t, cache, 19, 1)
}

// held returns a Maildir that a login is reading, which goes on when the
// function is called. If the login is to fail, it does.
func held(t *testing.T, cache *Cache, fail bool) (dir string, goOn func()) {
	t.Helper()
	dir = newMaildir(t, "cur/1.a")
	awaitOld(t, dir)
	reading, proceed, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	var once sync.Once
	slow := pacer{ctx, func() {
		// The first question is that of Open; then the directories are read.
		if cache.Stats().Misses > 0 {
			once.Do(func() { close(reading); <-proceed })
		}
	}}
	go func() {
		defer close(done)
		m, err := Open(slow, nil, dir, Options{Cache: cache})
		if fail != (err != nil) {
			t.Errorf("the login that reads: %v", err)
		}
		if err == nil {
			_ = m.Close()
		}
	}()
	<-reading
	return dir, func() {
		if fail {
			cancel()
		}
		close(proceed)
		<-done
		cancel()
	}
}

// A login that waits for another ends with its own context.
func TestCacheWaitCancelled(t *testing.T) {
	cache := NewCache(1 << 20)
	dir, goOn := held(t, cache, false)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() {
		_, err := Open(ctx, nil, dir, Options{Cache: cache})
		result <- err
	}()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("Open() = %v", err)
	}
	goOn()
	open(t, dir, Options{Cache: cache})
	wantStats(t, cache, 1, 1)
}

// The error of one login is not that of those that wait for it, nor of later
// ones.
func TestCacheErrorNotKept(t *testing.T) {
	cache := NewCache(1 << 20)
	dir, goOn := held(t, cache, true)
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			m, err := Open(t.Context(), nil, dir, Options{Cache: cache})
			if err != nil {
				t.Error(err)
				return
			}
			_ = m.Close()
		})
	}
	goOn()
	wait.Wait()
	open(t, dir, Options{Cache: cache})
	if len(cache.entries) != 1 || cache.Stats().Mailboxes != 1 {
		t.Errorf("%+v, %d entries", cache.Stats(), len(cache.entries))
	}
}

// Mail that was delivered before a login and after the reading that it waits
// for began is in its list.
func TestCacheDeliveredMeanwhile(t *testing.T) {
	cache := NewCache(1 << 20)
	dir, goOn := held(t, cache, false)
	deliver(t, dir, "tmp/2.b", "")
	rename(t, dir, "tmp/2.b", "new/2.b")
	var listing *pop3.Listing
	var wait sync.WaitGroup
	wait.Go(func() {
		m, err := Open(t.Context(), nil, dir, Options{Cache: cache})
		if err != nil {
			t.Error(err)
			return
		}
		listing = m.Listing()
		_ = m.Close()
	})
	goOn()
	wait.Wait()
	if listing.Len() != 2 {
		t.Errorf("%d messages, want 2", listing.Len())
	}
}

// allocated returns how often an open and a close allocate.
func allocated(t *testing.T, dir string, options Options) float64 {
	t.Helper()
	return testing.AllocsPerRun(20, func() {
		m, err := Open(t.Context(), nil, dir, options)
		if err != nil {
			t.Fatal(err)
		}
		_ = m.Close()
	})
}

// Opening an unchanged mailbox allocates the same, however many messages it has.
func TestCacheAllocations(t *testing.T) {
	var counts []float64
	for _, messages := range []int{1, 2000} {
		dir := newMaildir(t)
		for i := range messages {
			deliver(t, dir, fmt.Sprintf("cur/%d.a:2,", i), "text\n")
		}
		awaitOld(t, dir)
		options := Options{Cache: NewCache(1 << 20), Lock: true}
		open(t, dir, options).Close()
		counts = append(counts, allocated(t, dir, options))
		wantStats(t, options.Cache, 21, 1)
	}
	if counts[0] != counts[1] || counts[0] > 20 {
		t.Errorf("%v allocations", counts)
	}
}

// A message costs at most 100 octets, its name included, and sessions of one
// mailbox share them.
func TestCacheMemory(t *testing.T) {
	const messages, sessions = 5000, 10
	s := newStorm(t, 0)
	for i := range messages {
		link(t, s.dir, "tmp/text", fmt.Sprintf("cur/%d.M%06dP%d.mail.example.org:2,S", 1_700_000_000+i, i, 1000+i%9000))
	}
	awaitOld(t, s.dir)
	cache := NewCache(64 << 20)
	heap := func() uint64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.GC() // A sync.Pool keeps what it had until the second one.
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before := heap()
	var all []*Mailbox
	for range sessions {
		m, err := Open(t.Context(), nil, s.dir, Options{Cache: cache})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		all = append(all, m)
	}
	if perMessage := float64(heap()-before) / messages; perMessage > 100 {
		t.Errorf("%.1f octets a message", perMessage)
	}
	if kept := cache.Stats().Octets; kept/messages > 100 {
		t.Errorf("%d octets a message are counted", kept/messages)
	}
	runtime.KeepAlive(all)
}
