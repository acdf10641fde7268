package maildir

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/pop3"
)

const ordered = OrderLine + "\n"

// A file with OrderLine decides the order, and what it does not list follows in
// the order of names.
func TestGivenOrder(t *testing.T) {
	const files = "cur/1.a:2,S new/2.b cur/3.c new/4.d"
	tests := []struct {
		name, text string
		want       []string
	}{
		{"reversed", ordered + "4.d\tu4\n3.c\tu3\n2.b\tu2\n1.a\tu1\n", []string{"u4", "u3", "u2", "u1"}},
		{"later mail", ordered + "3.c\tu3\n2.b\tu2\n", []string{"u3", "u2", "1.a", "4.d"}},
		{"CRLF", OrderLine + "\r\n3.c\tu3\r\n", []string{"u3", "1.a", "2.b", "4.d"}},
		{"gone messages", ordered + "9.x\tu9\n2.b\tu2\n8.y\tu8\n1.a\tu1\n", []string{"u2", "u1", "3.c", "4.d"}},
		{"a line of no use", ordered + "no line\n2.b\tu2\n", []string{"u2", "1.a", "3.c", "4.d"}},
		{"the last of two lines", ordered + "2.b\tx\n1.a\tu1\n2.b\tu2\n", []string{"u1", "u2", "3.c", "4.d"}},
		{"no order", "4.d\tu4\n1.a\tu1\n", []string{"u1", "2.b", "3.c", "u4"}},
		{"not in the first line", "4.d\tu4\n" + ordered + "1.a\tu1\n", []string{"u1", "2.b", "3.c", "u4"}},
		{"nothing but the order", ordered, []string{"1.a", "2.b", "3.c", "4.d"}},
		{"without a line end", OrderLine, []string{"1.a", "2.b", "3.c", "4.d"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t, strings.Fields(files)...)
			deliver(t, dir, uidlFile, tt.text)
			m := open(t, dir, Options{UIDLConvert: true, UseFilesize: true})
			wantUIDLs(t, m, tt.want...)
			wantUIDLs(t, resumed(t, m, Options{}), tt.want...)
		})
	}
}

// In another order than that of names, all commands mean the same message, also in a
// process that goes on with the mailbox.
func TestOrderedMessages(t *testing.T) {
	for name, through := range map[string]func(*testing.T, *Mailbox) *Mailbox{
		"opened":  func(_ *testing.T, m *Mailbox) *Mailbox { return m },
		"resumed": func(t *testing.T, m *Mailbox) *Mailbox { return resumed(t, m, Options{}) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := newMaildir(t)
			for _, name := range []string{"new/1.a", "cur/2.b:2,", "cur/3.c:2,", "new/4.d"} {
				deliver(t, dir, name, strings.Repeat("x", int(name[4]-'0'))+"\n")
			}
			deliver(t, dir, uidlFile, ordered+"3.c\tu3\n1.a\tu1\n")
			m := through(t, open(t, dir, Options{UIDLConvert: true}))
			for n, want := range []pop3.Message{{UIDL: "u3", Octets: 5}, {UIDL: "u1", Octets: 3}, {UIDL: "2.b", Octets: 4}, {UIDL: "4.d", Octets: 6}} {
				if got := m.Listing().Message(n + 1); got != want {
					t.Errorf("message %d is %+v, want %+v", n+1, got, want)
				}
				if text := read(t, m, n+1); int64(len(text)) != want.Octets-1 {
					t.Errorf("message %d has the text %q", n+1, text)
				}
				if _, err := m.Changed(t.Context(), n+1); err != nil {
					t.Error(err)
				}
			}
			update(t, m, mark([]int{1}, []int{2, 4}))
			wantFiles(t, dir, "cur/1.a:2,S", "cur/2.b:2,", "cur/4.d:2,S")
			wantUIDLs(t, open(t, dir, Options{UIDLConvert: true}), "u1", "2.b", "4.d")
		})
	}
}

// What stays is reported by its number in the listing.
func TestOrderedKept(t *testing.T) {
	dir := newMaildir(t, "cur/1.a", "cur/2.b", "cur/3.c")
	deliver(t, dir, uidlFile, ordered+"3.c\tu3\n2.b\tu2\n1.a\tu1\n")
	m := open(t, dir, Options{UIDLConvert: true})
	remove(t, dir, "cur/1.a")
	if err := os.Mkdir(filepath.Join(dir, "cur/1.a"), 0o700); err != nil {
		t.Fatal(err)
	}
	err := m.Update(t.Context(), mark([]int{1, 3}, nil))
	if err == nil || !strings.Contains(err.Error(), "message 3: ") || strings.Contains(err.Error(), "message 1: ") {
		t.Errorf("Update() = %v, want message 3 kept", err)
	}
}

// A state that was tampered with is refused.
func TestResumeOrder(t *testing.T) {
	dir := newMaildir(t, "cur/1.a", "cur/2.b")
	deliver(t, dir, uidlFile, ordered+"2.b\tu2\n1.a\tu1\n")
	m := open(t, dir, Options{UIDLConvert: true})
	state := m.encode()
	if !slices.Equal(state[len(state)-2:], []byte{1, 0}) {
		t.Fatalf("state %v", state)
	}
	for _, end := range [][]byte{{1, 1}, {1}, {1, 0, 0}, {2, 0}, {0x80, 0x80}} {
		r := stateReader{rest: end}
		if r.order(2); !r.bad && len(r.rest) == 0 {
			t.Errorf("%v was taken", end)
		}
	}
}

// A listing that is kept shows at once that the file is new, changed or gone.
func TestOrderNoticed(t *testing.T) {
	for name, options := range map[string]Options{
		"memory": {UIDLConvert: true, Cache: NewCache(1 << 20)},
		"index":  {UIDLConvert: true, Index: true, minIndexed: 1},
		"both":   {UIDLConvert: true, Index: true, minIndexed: 1, Cache: NewCache(1 << 20)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := newMaildir(t, "cur/1.a", "cur/2.b")
			_ = becomesOld(t, dir, 60)
			poll := func(want ...string) {
				t.Helper()
				for range 2 {
					m := open(t, dir, options)
					wantUIDLs(t, m, want...)
					_ = m.Close()
				}
			}
			poll("1.a", "2.b")
			deliver(t, dir, uidlFile, ordered+"2.b\tu2\n1.a\tu1\n")
			poll("u2", "u1")
			deliver(t, dir, "tmp/x", ordered+"1.a\tu1\n2.b\tu2\n")
			rename(t, dir, "tmp/x", uidlFile)
			poll("u1", "u2")
			remove(t, dir, uidlFile)
			poll("1.a", "2.b")
		})
	}
}

// The order is a permutation, whatever the file says.
func FuzzOrder(f *testing.F) {
	f.Add("1.a\n2.b", ordered+"2.b\tx\n1.a\ty\n")
	f.Fuzz(func(t *testing.T, names, text string) {
		given, _, err := parseUIDLs(text, 100)
		if err != nil || len(names) > 2000 {
			return
		}
		found := tableOf(strings.Split(names, "\n"))
		s := newSnapshot(found, assignUIDLs(found, given), given.order(found))
		for i, n := range s.numbers() {
			if n < 1 || s.index(n) != i || s.number(i) != n {
				t.Fatalf("message %d is file %d", n, i)
			}
		}
	})
}
