package maildir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tpops/pkg/uidlist"
)

// disturbList changes the file of the rule as its owner can: he puts two names in
// each other's place, cuts it, or exchanges it with a copy, and sets the modification
// time back.
func (m *listModel) disturbList() {
	path := filepath.Join(m.dir, m.file)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return
	}
	restoreTime(m.t, m.dir, m.file, func(text string) {
		changed := m.disturb(text)
		if m.random.IntN(2) == 0 {
			rename(m.t, m.dir, m.file, m.file+".old")
		}
		deliver(m.t, m.dir, m.file, changed)
	})
	if m.random.IntN(3) == 0 {
		if err := os.Rename(path+".old", path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			m.t.Fatal(err)
		}
	}
}

func (m *listModel) disturb(text string) string {
	names := make([]string, 0, len(m.texts))
	for name := range m.texts {
		if strings.Contains(text, name) {
			names = append(names, name)
		}
	}
	lines := slices.Collect(strings.Lines(text))
	if len(names) < 2 || m.random.IntN(4) == 0 {
		return strings.Join(lines[:len(lines)-m.random.IntN(len(lines)+1)/2], "")
	}
	slices.Sort(names)
	a, b := names[m.random.IntN(len(names))], names[m.random.IntN(len(names))]
	return strings.NewReplacer(a, b, b, a).Replace(text)
}

// allRules returns options with all settings on which UIDLs depend.
func allRules(t *testing.T) map[string][]Options {
	format, err := uidlist.ParseFormat("%v.%u")
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]Options{
		uidlFile:    {{UIDLConvert: true}, {}},
		dovecotList: {{UIDL: UIDLDovecot}, {UIDL: UIDLDovecot, UIDLFormat: format}, {UIDLConvert: true}},
		courierList: {{UIDL: UIDLCourier}, {}, {UIDL: UIDLDovecot}},
	}
}

// Whatever the owner does to the file of the rule, and whatever the operator does to
// the settings, a process with the index shows what a process without it shows. The
// check of UIDLs that were served before (tpops_served) has the same result, too.
func TestModelListSettings(t *testing.T) {
	for file, all := range allRules(t) {
		t.Run(file, func(t *testing.T) {
			t.Parallel() // It often waits for the clock.
			seed := newSeed(t)
			m := &listModel{model: newModel(t, seed), file: file}
			options, memory, spared, refused := all[0], NewCache(1<<20), 0, 0
			for i := 0; i < 100 || i < 2000 && (spared == 0 || refused == 0); i++ {
				m.change(all, &options)
				_ = m.random.IntN(4) > 0 && settleList(t, m.dir, file, 60)
				for range 2 {
					opened := watchOpens(t, m.dir, file, func() { m.compareErrors(withIndex(options), options) })
					if opened == 1 {
						spared++ // Only the process without index has read it.
					}
					m.compareErrors(withMemory(options, memory), options)
					if m.compareServed(options) {
						refused++
					}
				}
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
			if spared == 0 || refused == 0 {
				t.Errorf("little was tested: %d lists were not read, %d logins refused", spared, refused)
			}
		})
	}
}

// withMemory are options of a process that has the index and memory.
func withMemory(o Options, memory *Cache) Options {
	o = withIndex(o)
	o.Cache = memory
	return o
}

// change changes the Maildir, the list and the settings.
func (m *listModel) change(all []Options, options *Options) {
	for range m.random.IntN(3) {
		m.step()
	}
	switch m.random.IntN(6) {
	case 0:
		m.writeList()
	case 1, 2:
		m.disturbList()
	case 3:
		*options = all[m.random.IntN(len(all))]
	}
}

// compareErrors compares the listings with and without index, or the errors.
func (m *listModel) compareErrors(indexed, plain Options) {
	m.t.Helper()
	indexed.clock = func() time.Time { return clock(true).Add(m.jump) }
	order := []Options{indexed, plain}
	swap := m.random.IntN(2) == 0
	if swap { // The first one may extend the list.
		slices.Reverse(order)
	}
	first, errFirst := Open(m.t.Context(), nil, m.dir, order[0])
	second, errSecond := Open(m.t.Context(), nil, m.dir, order[1])
	if (errFirst == nil) != (errSecond == nil) {
		m.t.Fatalf("index first: %v; errors %v and %v", !swap, errFirst, errSecond)
	}
	if errFirst == nil {
		if first.lazy != nil || second.lazy != nil {
			m.lazy++
		}
		wantSame(m.t, first, second)
		wantIndexOf(m.t, first)
		wantIndexOf(m.t, second)
		_, _ = first.Close(), second.Close()
	}
}

// compareServed logs in with and without index, from the same tpops_served, and
// compares the results and what is noted. It reports whether the login was refused.
func (m *listModel) compareServed(options Options) (refused bool) {
	m.t.Helper()
	path := filepath.Join(m.dir, servedName)
	options.Served = true
	before, errBefore := os.ReadFile(path)
	attempt := func(o Options) (result string) {
		removeAll(m.t, path)
		if errBefore == nil {
			deliver(m.t, m.dir, servedName, string(before))
		}
		box, err := Open(m.t.Context(), nil, m.dir, o)
		if err != nil {
			result = err.Error()
		} else {
			_ = box.Close()
		}
		refused = errors.As(err, new(*ChangeError))
		noted, errNoted := os.ReadFile(path)
		return result + "\n" + string(noted) + "\n" + map[bool]string{true: "noted"}[errNoted == nil]
	}
	without := attempt(options)
	with := attempt(withIndex(options))
	if without != with {
		m.t.Errorf("without index: %q; with it: %q", without, with)
	}
	if refused && m.random.IntN(2) == 0 { // The operator accepts it.
		removeAll(m.t, path)
	}
	return refused
}
