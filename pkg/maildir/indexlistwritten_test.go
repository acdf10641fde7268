package maildir

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// otherLists are ways in which another program or the owner of a Maildir gives it
// another list. text is the list, which is in the file kept too, with the same UIDLs
// for other messages.
var otherLists = map[string]func(t *testing.T, dir, file, text string){
	"other UIDLs": func(t *testing.T, dir, file, text string) {
		deliver(t, dir, "x", withOtherUIDLs(file, text))
		rename(t, dir, "x", file)
	},
	"written in place": func(t *testing.T, dir, file, text string) {
		deliver(t, dir, file, exchangeNames(text, 0, 1))
	},
	"same size, inode and modification time": func(t *testing.T, dir, file, text string) {
		restoreTime(t, dir, file, func(text string) { deliver(t, dir, file, exchangeNames(text, 0, 1)) })
	},
	"another file of the same size and time": func(t *testing.T, dir, file, text string) {
		restoreTime(t, dir, file, func(text string) {
			deliver(t, dir, "x", exchangeNames(text, 0, 1))
			rename(t, dir, "x", file)
		})
	},
	"older copy": func(t *testing.T, dir, file, _ string) { rename(t, dir, "kept", file) },
	"link to an older copy": func(t *testing.T, dir, file, _ string) {
		removeAll(t, filepath.Join(dir, file))
		link(t, dir, "kept", file)
	},
	"removed":    func(t *testing.T, dir, file, _ string) { removeAll(t, filepath.Join(dir, file)) },
	"moved away": func(t *testing.T, dir, file, _ string) { rename(t, dir, file, "moved") },
	"cut":        func(t *testing.T, dir, file, text string) { deliver(t, dir, file, firstLines(text, 20)) },
	"cut by half a line": func(t *testing.T, dir, file, text string) {
		deliver(t, dir, file, strings.TrimSuffix(firstLines(text, 20), ".host\n"))
	},
	"cut to its header": func(t *testing.T, dir, file, text string) { deliver(t, dir, file, firstLines(text, 1)) },
	"another order": func(t *testing.T, dir, file, text string) {
		deliver(t, dir, file, exchangeNames(exchangeNames(text, 2, 30), 5, 40))
	},
}

// withOtherUIDLs returns a list that gives all messages other UIDLs.
func withOtherUIDLs(file, text string) string {
	switch file {
	case dovecotList:
		return strings.Replace(text, " V7 ", " V8 ", 1)
	case courierList:
		return strings.NewReplacer(" 51 7\n", " 51 8\n", ":7\n", ":8\n").Replace(text)
	}
	return strings.ReplaceAll(text, "\tuidl-", "\tother-")
}

func firstLines(text string, n int) string {
	return strings.Join(slices.Collect(strings.Lines(text))[:n], "")
}

// A list that has just been written is not in the index yet, since it may change
// again unseen. A process that has shown it writes all of it into the index later,
// also what it has in memory already. So no process shows UIDLs of the list before.
func TestIndexListWrittenAfterTooYoung(t *testing.T) {
	for file, options := range listRules {
		for name, other := range otherLists {
			t.Run(fmt.Sprint(file, "/", name), func(t *testing.T) {
				t.Parallel() // Each waits for the clock most of the time.
				testTooYoung(t, file, options, other)
			})
		}
	}
}

func testTooYoung(t *testing.T, file string, options Options, other func(t *testing.T, dir, file, text string)) {
	dir := withList(t, file)
	for range 2 {
		login(t, dir, file, withIndex(options))
	}
	before := uidlsByName(open(t, dir, withIndex(options)))
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	deliver(t, dir, "kept", exchangeNames(string(text), 1, 3))
	other(t, dir, file, string(text))
	memory := withIndex(options)
	memory.Cache = NewCache(1 << 20)
	young := memory
	young.clock = func() time.Time { return time.Now().Add(-time.Second) }
	wantSame(t, open(t, dir, young), open(t, dir, options))
	for range 2 {
		login(t, dir, file, memory)
		after := open(t, dir, withIndex(options))
		wantSame(t, after, open(t, dir, options))
		wantSame(t, open(t, dir, memory), after)
		wantIndexOf(t, open(t, dir, memory))
		if maps.Equal(before, uidlsByName(after)) {
			t.Error("the old UIDLs are shown, or nothing was tested")
		}
	}
}

// wantIndexOf checks that an index of which a snapshot says that it contains its
// table does. One that was written since by another program says nothing.
func wantIndexOf(t *testing.T, m *Mailbox) {
	t.Helper()
	snap := m.snap
	if snap.file == nil || !snap.file.isAt(m.dir) {
		return
	}
	x, err := m.reader.index().open()
	if err != nil || !x.isWhole || x.file.sum != snap.file.sum {
		return
	}
	if !snap.isPlain() {
		return // The order of files with the same name is not that of the index.
	}
	for c, name := range changes(x.table, snap.table) {
		t.Errorf("the index has something else for %q, of which memory has %+v", name, c)
	}
	wantState, wantRule, _ := snap.listed.head()
	if state, rule, _ := x.table.listed.head(); rule != wantRule || !state.same(wantState) {
		t.Errorf("the index has the rule %x and the state %+v, and memory %x and %+v", rule, state, wantRule, wantState)
	}
}
