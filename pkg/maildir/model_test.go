package maildir

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

var modelSeed = flag.Uint64("model-seed", 0, "seed of the models, to repeat a failure; 0 is another one for each")

// newSeed returns the seed of a model, and logs how to repeat a failure.
func newSeed(t *testing.T) uint64 {
	seed := *modelSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("to repeat: -args -model-seed=%d", seed)
	return seed
}

// model is a Maildir in which everything happens that may, and what should be
// in it.
type model struct {
	t      *testing.T
	random *rand.Rand
	dir    string
	texts  map[string]string // of all messages ever delivered, by unique name
	there  map[string]string // unique name to the present file
	count  int
	saved  []string      // earlier contents of the index
	jump   time.Duration // how far the clock is off
	lazy   int           // mailboxes that were opened without their messages
}

func newModel(t *testing.T, seed uint64) *model {
	return &model{
		t: t, random: rand.New(rand.NewPCG(seed, 1)), dir: newMaildir(t),
		texts: map[string]string{}, there: map[string]string{},
	}
}

// some returns the unique name of any message that is there.
func (m *model) some() (string, bool) {
	if len(m.there) == 0 {
		return "", false
	}
	all := slices.Sorted(maps.Keys(m.there)) // The same seed chooses the same one.
	return all[m.random.IntN(len(all))], true
}

func (m *model) move(unique, to string) {
	rename(m.t, m.dir, m.there[unique], to)
	m.there[unique] = to
}

// deliver delivers a new message.
func (m *model) deliver() {
	m.count++
	unique := fmt.Sprintf("%d.M%d.host", 1000+m.random.IntN(100), m.count)
	if m.random.IntN(8) == 0 {
		unique = "no legal UIDL " + unique
	}
	m.put(unique, "new/"+unique)
}

// put makes a message, as programs do that deliver.
func (m *model) put(unique, name string) {
	m.texts[unique] = fmt.Sprintf("%d\n%s", m.count, strings.Repeat("line\n", m.random.IntN(50)))
	deliver(m.t, m.dir, "tmp/x", m.texts[unique])
	rename(m.t, m.dir, "tmp/x", name)
	m.there[unique] = name
}

// keepInode keeps the inode of a message from being used again.
func (m *model) keepInode(unique string) {
	f, err := os.Open(filepath.Join(m.dir, m.there[unique]))
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = f.Close() })
}

// restoreTimes does something to a directory and then gives it old times again.
func (m *model) restoreTimes(do func()) {
	for _, sub := range subNames {
		path := filepath.Join(m.dir, sub)
		stat, err := os.Stat(path)
		if err != nil {
			m.t.Fatal(err)
		}
		defer func() {
			if err := os.Chtimes(path, stat.ModTime(), stat.ModTime()); err != nil {
				m.t.Fatal(err)
			}
		}()
	}
	do()
}

// step changes the Maildir, or the index, in one of many ways.
func (m *model) step() {
	unique, any := m.some()
	kind := m.random.IntN(14)
	if !any {
		kind = 0
	}
	switch kind {
	case 0, 1:
		m.deliver()
	case 2:
		m.move(unique, "cur/"+unique+":2,"+[]string{"", "S", "FS", "T"}[m.random.IntN(4)])
	case 3:
		m.move(unique, "new/"+unique)
	case 4, 5:
		remove(m.t, m.dir, m.there[unique])
		delete(m.there, unique)
	case 6:
		m.restoreTimes(m.deliver)
	case 7:
		// Another file under the same name, as no program should make it. If it
		// had the inode of an earlier one too, only RETR would show it.
		m.keepInode(unique)
		m.count++
		m.put(unique, m.there[unique])
	case 8:
		m.touch(time.Duration(m.random.IntN(7200)-3600) * time.Second)
	case 9:
		m.jump = -time.Duration(m.random.IntN(2)) * time.Hour
	case 10:
		m.linkTwice(unique)
	default:
		m.crash()
	}
}

// touch gives the directories other times.
func (m *model) touch(off time.Duration) {
	then := time.Now().Add(off)
	for _, sub := range subNames {
		if err := os.Chtimes(filepath.Join(m.dir, sub), then, then); err != nil {
			m.t.Fatal(err)
		}
	}
}

// rest leaves the Maildir with a new message and without an index, and then unchanged
// until it is old: what its next opening costs no longer depends on luck.
func (m *model) rest() {
	m.t.Helper()
	m.jump = 0
	m.touch(0)
	m.deliver()
	for len(m.there) < 3 {
		m.deliver()
	}
	removeAll(m.t, filepath.Join(m.dir, indexName), filepath.Join(m.dir, indexNewName))
	awaitOld(m.t, m.dir)
}

// linkTwice gives a message a second name, as a program does that renames with
// link and unlink, and takes it away.
func (m *model) linkTwice(unique string) {
	other := "cur/" + unique + ":2,R"
	if other == m.there[unique] {
		other += "S"
	}
	link(m.t, m.dir, m.there[unique], other)
	m.check()
	remove(m.t, m.dir, m.there[unique])
	m.there[unique] = other
}

// crash leaves the index as a crash, a backup or its owner may leave it.
func (m *model) crash() {
	path := filepath.Join(m.dir, indexName)
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.saved = append(m.saved, string(content))
	kind := m.random.IntN(6)
	if len(content) == 0 && (kind == 1 || kind == 5) {
		return // An earlier crash has left nothing.
	}
	switch kind {
	case 0:
		content = content[:m.random.IntN(len(content)+1)]
	case 1:
		content[m.random.IntN(len(content))] ^= 1 << m.random.IntN(8)
	case 2:
		content = []byte(m.saved[m.random.IntN(len(m.saved))])
	case 3:
		deliver(m.t, m.dir, indexNewName, "a part")
		return
	case 4:
		removeAll(m.t, path, filepath.Join(m.dir, indexNewName))
		return
	case 5:
		content = append(content, content[m.random.IntN(len(content)):]...)
	}
	deliver(m.t, m.dir, indexName, string(content))
}

// check compares what processes with memory and index answer with what is
// there.
func (m *model) check(all ...Options) {
	m.t.Helper()
	if len(m.there) != len(files(m.t, m.dir)) {
		return // A message has two names at present; the listings are compared all the same.
	}
	fresh := open(m.t, m.dir, Options{})
	if fresh.Listing().Len() != len(m.there) {
		m.t.Fatalf("%d messages, want %d", fresh.Listing().Len(), len(m.there))
	}
	for _, options := range all {
		options.clock = func() time.Time { return clock(true).Add(m.jump) }
		box := open(m.t, m.dir, options)
		if box.lazy != nil {
			m.lazy++
			if m.random.IntN(8) == 0 {
				m.crash()
			}
		}
		wantSame(m.t, box, fresh)
		m.checkText(box)
		_ = box.Close()
	}
	_ = fresh.Close()
}

// checkText checks that some message is the one that its UIDL stands for.
func (m *model) checkText(box *Mailbox) {
	m.t.Helper()
	if box.Listing().Len() == 0 {
		return
	}
	n := 1 + m.random.IntN(box.Listing().Len())
	message := box.Listing().Message(n)
	for unique, text := range m.texts {
		if message.UIDL != unique && message.UIDL != sum(unique) {
			continue
		}
		if got := read(m.t, box, n); got != text {
			m.t.Errorf("message %q is %q, want %q", message.UIDL, got, text)
		}
		if size, err := pop3.WireOctets(strings.NewReader(text)); err != nil || size != message.Octets {
			m.t.Errorf("message %q has %d octets, want %d, %v", message.UIDL, message.Octets, size, err)
		}
		return
	}
	m.t.Errorf("no message has the UIDL %q", message.UIDL)
}

// Whatever happens to a Maildir and to its index, an answer from memory or from
// the index is that of a fresh reading. So none shows a message twice, hides
// one that was delivered before the login, or gives its UIDL to another.
func TestModel(t *testing.T) {
	seed := newSeed(t)
	m := newModel(t, seed)
	cache, both := NewCache(1<<20), NewCache(1<<20)
	all := []Options{
		{Cache: cache},
		{Index: true, minIndexed: 3, Served: true},
		{Index: true, minIndexed: 3, Served: true, Cache: both},
		{Index: true, minIndexed: 3, Served: true, Lazy: true},
		{Index: true, minIndexed: 3, Served: true, Lazy: true, Cache: NewCache(1)},
	}
	for range 200 {
		for range m.random.IntN(4) {
			m.step()
		}
		if m.random.IntN(3) > 0 {
			_ = becomesOld(t, m.dir, 60) // Times in the future do not.
		}
		for range 1 + m.random.IntN(2) {
			m.check(all...)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%+v, %+v, %d opened without their messages", cache.Stats(), both.Stats(), m.lazy)
	m.rest()
	cold, lazy := []CacheStats{cache.Stats(), both.Stats()}, m.lazy
	m.check(all...)
	m.check(all...)
	for i, c := range []*Cache{cache, both} {
		if s := c.Stats(); s.Hits == cold[i].Hits || s.Misses == cold[i].Misses {
			t.Errorf("an unchanged mailbox: %+v, before it was opened twice %+v", s, cold[i])
		}
	}
	if m.lazy == lazy {
		t.Error("an unchanged mailbox was never opened without its messages")
	}
}
