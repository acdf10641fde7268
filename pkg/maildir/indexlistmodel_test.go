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

// listModel is a model with a file of a rule, which other programs write too.
type listModel struct {
	*model
	file string
	uid  int
}

// writeList does to the file of the rule what other programs do.
func (m *listModel) writeList() {
	if m.file != uidlFile {
		m.appendToList()
		return
	}
	if m.random.IntN(5) == 0 {
		removeAll(m.t, filepath.Join(m.dir, uidlFile))
		return
	}
	var text strings.Builder
	if m.random.IntN(2) == 0 {
		text.WriteString(ordered)
	}
	names := slices.Sorted(maps.Keys(m.texts))
	m.random.Shuffle(len(names), func(i, k int) { names[i], names[k] = names[k], names[i] })
	for i, name := range names {
		switch m.random.IntN(8) {
		case 0:
			fmt.Fprintf(&text, "%s\t%s\n", name, names[m.random.IntN(len(names))]) // the name of another, or no UIDL
		case 1:
			fmt.Fprintf(&text, "%s\t%s\n", name, sum(names[m.random.IntN(len(names))]))
		case 2, 3, 4:
			fmt.Fprintf(&text, "%s\tuidl-%d-%d\n", name, m.count, i)
		}
	}
	deliver(m.t, m.dir, "tpops_uidl.x", text.String())
	rename(m.t, m.dir, "tpops_uidl.x", uidlFile)
}

// appendToList lists a message as the other server does, or one that is gone.
func (m *listModel) appendToList() {
	path := filepath.Join(m.dir, m.file)
	if m.random.IntN(6) == 0 {
		removeAll(m.t, path) // All messages get new UIDLs.
		return
	}
	if m.file != dovecotList {
		return
	}
	list, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return
	}
	defer list.Close()
	name, any := m.some()
	if !any || m.random.IntN(2) == 0 {
		name = fmt.Sprintf("gone.%d", m.count)
	}
	m.uid += 1000
	fields := ""
	if m.random.IntN(2) == 0 {
		fields = fmt.Sprintf(" O%d", m.random.IntN(50)+1)
	}
	if _, err := fmt.Fprintf(list, "%d%s :%s\n", m.uid, fields, name); err != nil {
		m.t.Fatal(err)
	}
}

// Whatever happens to a Maildir, to the index and to the file of the rule, a process
// that has the index shows what a process shows that has nothing.
func TestModelLists(t *testing.T) {
	for file, plain := range listRules {
		t.Run(file, func(t *testing.T) {
			t.Parallel() // It often waits for the clock.
			seed := newSeed(t)
			m := &listModel{model: newModel(t, seed), file: file}
			warm := withIndex(plain)
			warm.Cache = NewCache(1 << 20)
			read, spared := 0, 0
			for i := 0; i < 150 || i < 1500 && (read < 20 || spared < 20); i++ {
				for range m.random.IntN(3) {
					m.step()
				}
				if m.random.IntN(4) == 0 {
					m.writeList()
				}
				_ = m.random.IntN(4) > 0 && settleList(t, m.dir, file, 60)
				for range 2 {
					fresh := open(t, m.dir, plain)
					for _, options := range []Options{withIndex(plain), warm} {
						opened := watchOpens(t, m.dir, file, func() { m.compare(options, fresh) })
						if opened > 0 {
							read++
						} else if _, err := os.Lstat(filepath.Join(m.dir, file)); err == nil {
							spared++
						}
					}
					_ = fresh.Close()
				}
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
			if read < 20 || spared < 20 {
				t.Errorf("little was tested: the list was read %d times, and not %d times", read, spared)
			}
		})
	}
}

func (m *listModel) compare(options Options, fresh *Mailbox) {
	m.t.Helper()
	options.clock = func() time.Time { return clock(true).Add(m.jump) }
	box := open(m.t, m.dir, options)
	defer box.Close()
	wantSame(m.t, box, fresh)
	wantIndexOf(m.t, box)
	if n := len(uidlSetOf(box)); n != box.Listing().Len() {
		m.t.Errorf("%d UIDLs of %d messages", n, box.Listing().Len())
	}
}
