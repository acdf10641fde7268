package maildir

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// trash is a Maildir whose messages are delivered, deleted, put back and removed for good
// in any sequence, and what should be in it. Its clock moves as the test wants.
type trash struct {
	t       *testing.T
	random  *rand.Rand
	dir     string
	options Options
	now     time.Time
	count   int
	there   map[string]string    // unique name of a message in the mailbox to its UIDL
	kept    map[string]time.Time // unique name of a kept message to the time of its QUIT
	uidl    map[string]string    // of all messages ever seen
}

func newTrash(t *testing.T, seed uint64) *trash {
	m := &trash{
		t: t, random: rand.New(rand.NewPCG(seed, 3)), dir: newMaildir(t), now: time.Now(),
		there: map[string]string{}, kept: map[string]time.Time{}, uidl: map[string]string{},
	}
	m.options = Options{Lock: true, UIDLConvert: true, Served: true, Index: true, minIndexed: 1, KeepDeleted: time.Hour}
	m.options.clock = func() time.Time { return m.now }
	return m
}

func (m *trash) deliver() {
	for range 1 + m.random.IntN(3) {
		m.count++
		unique := fmt.Sprintf("%d.M%d.host", 1000+m.random.IntN(100), m.count)
		if m.random.IntN(6) == 0 {
			unique = "no legal UIDL " + unique
		}
		name := []string{"new/" + unique, "cur/" + unique + ":2,", "cur/" + unique + ":2,FS"}[m.random.IntN(3)]
		deliver(m.t, m.dir, name, unique)
		m.there[unique] = ""
	}
}

// login opens the mailbox and checks that it has the messages that it should have, with
// the UIDLs that they always had.
func (m *trash) login() *Mailbox {
	m.t.Helper()
	box := open(m.t, m.dir, m.options)
	if box.Listing().Len() != len(m.there) {
		m.t.Fatalf("%d messages instead of %d", box.Listing().Len(), len(m.there))
	}
	owner := map[string]string{}
	for n := 1; n <= box.Listing().Len(); n++ {
		unique := box.snap.unique(box.snap.files[box.snap.index(n)])
		uidl := box.Listing().Message(n).UIDL
		if was := m.uidl[unique]; was != "" && was != uidl {
			m.t.Fatalf("%q had the UIDL %s and has %s", unique, was, uidl)
		}
		if owner[uidl] != "" {
			m.t.Fatalf("%q and %q have one UIDL", unique, owner[uidl])
		}
		if _, is := m.there[unique]; !is || read(m.t, box, n) != unique {
			m.t.Fatalf("%q should not be there", unique)
		}
		m.uidl[unique], owner[uidl] = uidl, unique
	}
	return box
}

// quit deletes some messages.
func (m *trash) quit() {
	box := m.login()
	var deleted []int
	for n := 1; n <= box.Listing().Len(); n++ {
		if m.random.IntN(2) == 0 {
			deleted = append(deleted, n)
		}
	}
	m.count++
	box.DeleteFor(fmt.Sprint("s", m.count), "192.0.2.1")
	update(m.t, box, mark(deleted, nil))
	for _, n := range deleted {
		unique := box.snap.unique(box.snap.files[box.snap.index(n)])
		delete(m.there, unique)
		m.kept[unique] = m.now
	}
	_ = box.Close()
	if len(deleted) > 0 {
		m.expired()
	}
}

// expired forgets what is older than keep-deleted.
func (m *trash) expired() {
	until := m.now.Add(-m.options.KeepDeleted)
	for unique, at := range m.kept {
		if time.Unix(at.Unix(), 0).Before(until) {
			delete(m.kept, unique)
		}
	}
}

// interrupted leaves an undo or a QUIT half-way, as kill -9 does: any one file is moved.
func (m *trash) interrupted() {
	list, err := Deleted(m.t.Context(), nil, m.dir, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	if len(list) == 0 {
		return
	}
	d := list[m.random.IntN(len(list))]
	from := filepath.Join(m.dir, DeletedDir, d.batch, batchSubs[d.sub], d.File)
	if err := os.Rename(from, filepath.Join(m.dir, subNames[d.sub], d.File)); err != nil {
		m.t.Fatal(err)
	}
	m.back(d)
}

func (m *trash) back(d DeletedMessage) {
	unique := d.unique()
	if _, kept := m.kept[unique]; !kept {
		m.t.Fatalf("%q was not kept", unique)
	}
	if d.UIDL != m.uidl[unique] {
		m.t.Fatalf("%q had the UIDL %s, the record has %s", unique, m.uidl[unique], d.UIDL)
	}
	delete(m.kept, unique)
	m.there[unique] = d.UIDL
}

// undo puts some messages back.
func (m *trash) undo() {
	some := func(all []DeletedMessage) []DeletedMessage {
		return slices.DeleteFunc(all, func(DeletedMessage) bool { return m.random.IntN(3) == 0 })
	}
	done, err := Undelete(m.t.Context(), nil, m.dir, m.options, some)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, one := range done {
		if one.Err != nil || one.Now != one.UIDL {
			m.t.Fatalf("%+v", one)
		}
		m.back(one.DeletedMessage)
	}
}

// check compares what is kept.
func (m *trash) check() {
	list, err := Deleted(m.t.Context(), nil, m.dir, nil)
	if err != nil || len(list) != len(m.kept) {
		m.t.Fatalf("%d messages are kept instead of %d: %v", len(list), len(m.kept), err)
	}
	_ = m.login().Close()
}

func (m *trash) step() {
	switch m.random.IntN(7) {
	case 0, 1:
		m.deliver()
	case 2, 3:
		m.quit()
	case 4:
		m.undo()
	case 5:
		m.interrupted()
	case 6:
		m.now = m.now.Add(time.Duration(m.random.IntN(2000)) * time.Second)
		if _, err := ExpireDeleted(m.t.Context(), nil, m.dir, nil, m.now.Add(-m.options.KeepDeleted)); err != nil {
			m.t.Fatal(err)
		}
		m.expired()
	}
}

// Whatever is done in whatever order, each message is in the mailbox, or kept, or too old,
// and has its UIDL.
func TestModelKeepDeleted(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := newTrash(t, seed)
			for range 40 {
				m.step()
				m.check()
			}
		})
	}
}

// The owner of a Maildir may put anything where deleted messages are kept. Nothing outside
// is touched, nothing becomes a message that was no file, and all ends.
func TestKeepDeletedHostile(t *testing.T) {
	outside := t.TempDir()
	for _, name := range []string{"from-cur", "from-new"} {
		if err := errors.Join(os.Mkdir(filepath.Join(outside, name), 0o700), os.WriteFile(filepath.Join(outside, name, "1.victim"), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	dir := newMaildir(t, "cur/9.z:2,")
	all := filepath.Join(dir, DeletedDir)
	in := func(names ...string) string { return filepath.Join(append([]string{all}, names...)...) }
	err := errors.Join(
		os.Mkdir(all, 0o700), os.Symlink(outside, in("1.link")), os.WriteFile(in("2.file"), nil, 0o600),
		os.Mkdir(in("-3.negative"), 0o700), os.Mkdir(in("99999999999999999999.large"), 0o700), os.Mkdir(in("4.\x1b[2J"), 0o700),
		os.Mkdir(in("5.sub"), 0o700), os.Symlink(filepath.Join(outside, "from-cur"), in("5.sub", "from-cur")),
		os.Mkdir(in("6.odd"), 0o700), os.MkdirAll(in("6.odd", "from-new", "nested", "deep"), 0o700),
		os.Symlink("/etc/passwd", in("6.odd", "from-new", "1.link")), unix.Mkfifo(in("6.odd", "from-new", "2.fifo"), 0o600),
		unix.Mkfifo(in("6.odd", "record"), 0o600), os.Mkdir(in("7.record"), 0o700), os.Symlink("/dev/zero", in("7.record", "record")),
		os.MkdirAll(in("8.other", "cur"), 0o700), os.WriteFile(in("8.other", "cur", "1.a"), nil, 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	if list, _ := Deleted(t.Context(), nil, dir, nil); len(list) != 0 {
		t.Error(list)
	}
	if done, _ := Undelete(t.Context(), nil, dir, keeping, everything); len(done) != 0 {
		t.Error(done)
	}
	wantFiles(t, dir, "cur/9.z:2,")
	_, _ = ExpireDeleted(t.Context(), nil, dir, nil, time.Now())
	for _, name := range []string{"from-cur/1.victim", "from-new/1.victim"} {
		if _, err := os.Lstat(filepath.Join(outside, name)); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Lstat(in(oddPrefix+"8.other", "cur", "1.a")); err != nil {
		t.Error("what is none of ours was removed:", err)
	}
	quit(t, dir, "abc", keeping, 1)
	undo(t, dir, keeping, 1)
}

func FuzzDeletedRecord(f *testing.F) {
	f.Add(recordHead + "\nremote 192.0.2.1\nmessage 12 uidl \"1.a\"\n")
	f.Add(recordHead + "\nmessage -1 - \"\"\nmessage 1 \x01 \"a\\n\"\nmessage")
	f.Fuzz(func(t *testing.T, text string) {
		rec := readRecord(strings.NewReader(text))
		if rec.remote != "" && !isWord(rec.remote) {
			t.Errorf("remote %q", rec.remote)
		}
		for unique, m := range rec.messages {
			if m.octets < 0 || m.uidl != "" && !isWord(m.uidl) {
				t.Errorf("%q: %+v", unique, m)
			}
		}
	})
}
