package maildir

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// lazily are the options of a process that lists messages only when it has to.
func lazily(o Options) Options {
	o = withIndex(o)
	o.Served, o.Lazy = true, true
	return o
}

// lazyMailbox returns a Maildir with three messages, two of them as tpops_uidl has them
// if listed, and an index that has what they come to.
func lazyMailbox(t *testing.T, listed bool) string {
	t.Helper()
	dir := newMaildir(t)
	for name, text := range map[string]string{"cur/1.a:2,S": "one\n", "cur/2.b": "two\nlines\n", "new/3 c": "three"} {
		deliver(t, dir, name, text)
	}
	if listed {
		deliver(t, dir, uidlFile, "2.b\tother-2\n1.a\tother-1\n")
	}
	for range 2 { // The first login has made tpops_served.
		awaitOld(t, dir)
		awaitServed(t, dir)
		_ = open(t, dir, lazily(Options{UIDLConvert: listed})).Close()
	}
	return dir
}

// awaitServed waits until any later change of tpops_served would show.
func awaitServed(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, servedName)); err == nil && !settleList(t, dir, servedName, 4000) {
		t.Fatal("tpops_served never becomes old")
	}
}

// openLazy opens a mailbox, which is to be done without its messages or not.
func openLazy(t *testing.T, dir string, options Options, want bool) *Mailbox {
	t.Helper()
	m := open(t, dir, options)
	if is := m.lazy != nil; is != want {
		t.Errorf("opened without its messages: %v, want %v", is, want)
	}
	return m
}

func TestLazy(t *testing.T) {
	for _, listed := range []bool{false, true} {
		t.Run(fmt.Sprintf("with tpops_uidl %v", listed), func(t *testing.T) {
			dir := lazyMailbox(t, listed)
			options := lazily(Options{UIDLConvert: listed})
			size := indexSize(t, dir)
			checkOpenFiles(t, func() {
				for _, cache := range []*Cache{nil, NewCache(1)} {
					options.Cache = cache
					m, fresh := openLazy(t, dir, options, true), open(t, dir, Options{UIDLConvert: listed})
					wantSame(t, m, fresh)
					if got := read(t, m, m.Listing().Len()); got != read(t, fresh, m.Listing().Len()) {
						t.Errorf("the last message is %q", got)
					}
					_, _ = m.Close(), fresh.Close()
					_ = openLazy(t, dir, options, true).Close()
				}
			})
			if now := indexSize(t, dir); now != size {
				t.Errorf("the index has grown from %d to %d octets", size, now)
			}
			if hits := options.Cache.Stats().Hits; hits != 2 {
				t.Errorf("%d mailboxes were opened without being read, want 2", hits)
			}
			options.Cache = NewCache(1 << 20) // has room for it
			wantSame(t, openLazy(t, dir, options, false), open(t, dir, Options{UIDLConvert: listed}))
		})
	}
}

// What the listing depends on has changed since.
func TestLazyChanged(t *testing.T) {
	for name, change := range map[string]func(dir string, o *Options){
		"delivery":        func(dir string, _ *Options) { deliver(t, dir, "new/4.d", "four\n") },
		"removal":         func(dir string, _ *Options) { remove(t, dir, "cur/2.b") },
		"flag":            func(dir string, _ *Options) { rename(t, dir, "cur/2.b", "cur/2.b:2,S") },
		"no list":         func(dir string, _ *Options) { remove(t, dir, uidlFile) },
		"other list":      func(dir string, _ *Options) { deliver(t, dir, uidlFile, "2.b\tother-2\n1.a\tother-3\n") },
		"list not used":   func(_ string, o *Options) { o.UIDLConvert = false },
		"sizes of files":  func(_ string, o *Options) { o.UseFilesize = true },
		"no tpops_served": func(dir string, _ *Options) { remove(t, dir, servedName) },
		"other tpops_served": func(dir string, _ *Options) {
			deliver(t, dir, servedName, string((&served{byRule: []uint64{1}}).encode()))
		},
		"index cut":       func(dir string, _ *Options) { _ = os.Truncate(filepath.Join(dir, indexName), 300) },
		"index continued": func(dir string, _ *Options) { _ = os.Truncate(filepath.Join(dir, indexName), 1<<14) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, options := lazyMailbox(t, true), lazily(Options{UIDLConvert: true})
			_ = openLazy(t, dir, options, true).Close()
			change(dir, &options)
			m, err := Open(t.Context(), nil, dir, options)
			if name == "no list" || name == "list not used" {
				if !errors.As(err, new(*ChangeError)) {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil || m.lazy != nil {
				t.Fatalf("%+v, error %v", m, err)
			}
			defer m.Close()
			wantSame(t, m, open(t, dir, Options{UIDLConvert: options.UIDLConvert, UseFilesize: options.UseFilesize}))
		})
	}
}

// damages are what may happen to an index while a session has it open.
var damages = map[string]func(t *testing.T, path string, content []byte){
	"a record": func(t *testing.T, path string, c []byte) {
		c[headOctets] ^= 1
		deliver(t, filepath.Dir(path), indexName, string(c))
	},
	"cut":     func(_ *testing.T, path string, c []byte) { _ = os.Truncate(path, int64(len(c)/2)) },
	"emptied": func(_ *testing.T, path string, _ []byte) { _ = os.Truncate(path, 0) },
}

// An index that is damaged while a session has it open is as good as none, unless the
// mailbox has changed as well.
func TestLazyDamaged(t *testing.T) {
	for name, damage := range damages {
		for _, changed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, mailbox changed %v", name, changed), func(t *testing.T) {
				dir := lazyMailbox(t, false)
				m, fresh := openLazy(t, dir, lazily(Options{}), true), open(t, dir, Options{})
				path := filepath.Join(dir, indexName)
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				damage(t, path, content)
				if !changed {
					wantSame(t, m, fresh)
					return
				}
				deliver(t, dir, "new/4.d", "four\n")
				for range 2 {
					if err := m.Load(t.Context()); !errors.Is(err, pop3.ErrMailboxLost) {
						t.Errorf("error %v", err)
					}
				}
			})
		}
	}
}

// An index that another session replaces or extends is still the one of the login, and
// so is the list of the messages.
func TestLazyLater(t *testing.T) {
	dir := lazyMailbox(t, true)
	options := lazily(Options{UIDLConvert: true})
	m, fresh := openLazy(t, dir, options, true), open(t, dir, Options{UIDLConvert: true})
	deliver(t, dir, "new/4.d", "four\n")
	deliver(t, dir, uidlFile, "4.d\tother-4\n2.b\tother-2\n1.a\tother-1\n")
	awaitOld(t, dir)
	_ = open(t, dir, options).Close()
	remove(t, dir, indexName)
	_ = open(t, dir, options).Close()
	wantSame(t, m, fresh)
}

// The owner writes what he likes at the end of the index.
func TestLazyHostile(t *testing.T) {
	for name, lie := range map[string]func(sum []byte){
		"messages":      func(sum []byte) { sum[16]++ },
		"more messages": func(sum []byte) { binary.LittleEndian.PutUint64(sum[16:], 1<<62) },
		"none":          func(sum []byte) { binary.LittleEndian.PutUint64(sum[16:], 0) },
		"octets":        func(sum []byte) { binary.LittleEndian.PutUint64(sum[24:], 1<<62) },
		"less than 0":   func(sum []byte) { binary.LittleEndian.PutUint64(sum[24:], 1<<63) },
		"last":          func(sum []byte) { binary.LittleEndian.PutUint64(sum[32:], 4) },
		"memory":        func(sum []byte) { binary.LittleEndian.PutUint64(sum[40:], 1<<63) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := lazyMailbox(t, false)
			content, err := os.ReadFile(filepath.Join(dir, indexName))
			if err != nil {
				t.Fatal(err)
			}
			sum := content[len(content)-totalsOctets:]
			lie(sum)
			binary.LittleEndian.PutUint32(sum[totalsOctets-4:], crc32.Checksum(sum[:totalsOctets-4], crc32.MakeTable(crc32.Castagnoli)))
			deliver(t, dir, indexName, string(content))
			m := open(t, dir, lazily(Options{}))
			if err := m.Load(t.Context()); err != nil && !errors.Is(err, pop3.ErrMailboxLost) {
				t.Error(err)
			}
			wantSame(t, open(t, dir, lazily(Options{})), open(t, dir, Options{}))
		})
	}
}

// Another process goes on with a mailbox that was opened without its messages.
func TestLazySuspended(t *testing.T) {
	dir := lazyMailbox(t, true)
	options := lazily(Options{UIDLConvert: true})
	m := openLazy(t, dir, options, true)
	wantSame(t, resumed(t, m, options), open(t, dir, Options{UIDLConvert: true}))
}

// The contract holds for a mailbox that has its messages only when they are asked for.
func TestLazyContract(t *testing.T) {
	pop3test.TestMailbox(t, func(t *testing.T, texts []string) pop3test.Maildrop {
		dir := newMaildir(t)
		for i, text := range texts {
			deliver(t, dir, fmt.Sprintf("cur/%d.message", i+1), text)
		}
		awaitOld(t, dir)
		options := lazily(Options{Lock: true})
		_ = open(t, dir, options).Close()
		return pop3test.Maildrop{
			Open:   func() (pop3.Mailbox, error) { return openKnown(t.Context(), nil, dir, options) },
			Remove: func(n int) { remove(t, dir, fmt.Sprintf("cur/%d.message", n)) },
		}
	})
}

// Whatever happens to a Maildir, to its files and to the settings, a process that lists
// messages later shows what one shows that lists them at once, or has the same error.
func TestModelLazyLists(t *testing.T) {
	seed, all := newSeed(t), allRules(t)[uidlFile]
	m := &listModel{model: newModel(t, seed), file: uidlFile}
	options := all[0]
	for range 100 {
		if m.random.IntN(3) > 0 {
			m.change(all, &options)
		}
		if m.random.IntN(4) == 0 {
			removeAll(t, filepath.Join(m.dir, servedName)) // as if the operator accepts all
		}
		_ = m.random.IntN(4) > 0 && settleList(t, m.dir, uidlFile, 60)
		guarded := options
		guarded.Served = true
		for range 2 {
			m.compareErrors(lazily(options), guarded)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	// How many of them were opened without messages depends on the seed and on the clock.
	t.Logf("%d opened without their messages", m.lazy)
	rest := &listModel{model: newModel(t, seed), file: uidlFile}
	rest.dir = lazyMailbox(t, true)
	rest.compareErrors(lazily(all[0]), Options{UIDLConvert: true, Served: true})
	if rest.lazy == 0 {
		t.Error("an unchanged mailbox is not opened without its messages")
	}
}

// What a login costs that asks for no message does not depend on how many there are.
func TestLazyIsFlat(t *testing.T) {
	var allocations, octets [2]int64
	for k, messages := range []int{40, 5_000} {
		dir := newMaildir(t)
		deliver(t, dir, "tmp/text", "")
		for i := range messages {
			link(t, dir, "tmp/text", fmt.Sprintf("cur/%d.M%dP7.host,S=10,W=10:2,", 1_700_000_000+i, rand.IntN(1_000_000)))
		}
		awaitOld(t, dir)
		options := lazily(Options{Lock: true, UIDLConvert: true})
		_ = open(t, dir, options).Close()
		poll := func() {
			m, err := Open(t.Context(), nil, dir, options)
			if err != nil || m.lazy == nil || m.Listing().Len() != messages {
				t.Fatalf("%+v, %v", m, err)
			}
			_ = m.Close()
		}
		allocations[k] = int64(testing.AllocsPerRun(10, poll))
		before := octetsRead(t)
		poll()
		octets[k] = octetsRead(t) - before
	}
	if allocations[1] > allocations[0]+2 || octets[1] > octets[0]+16 || octets[0] > 2*int64(totalsOctets) {
		t.Errorf("%d allocations and %d octets read for 40 and 5,000 messages", allocations, octets)
	}
}

// octetsRead returns how many octets this process has read, without what it reads to
// find that out.
func octetsRead(t *testing.T) (octets int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(text), "rchar: %d", &octets); err != nil {
		t.Fatal(err)
	}
	return octets
}

// A second Close does not close the file that has got the number of the index meanwhile.
func TestLazyClosedTwice(t *testing.T) {
	dir := lazyMailbox(t, false)
	m := openLazy(t, dir, lazily(Options{}), true)
	number := m.lazy.fd
	_ = m.Close()
	other, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := unix.Dup3(int(other.Fd()), number, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	_ = m.Close()
	if err := unix.Close(number); err != nil {
		t.Errorf("the other file: %v", err)
	}
}
