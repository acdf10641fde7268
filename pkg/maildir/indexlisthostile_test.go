package maildir

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"
)

// hostileList returns a listed that its owner has made up, with one UIDL for each
// message.
func hostileList(filter uidlFilter, uidls ...string) *listed {
	b := newListedBuilder(len(uidls))
	for i, uidl := range uidls {
		b.add(uidl, math.MaxUint64-uint64(i%2), rowUnlisted)
	}
	l := b.listed()
	l.filter = filter
	return l
}

// An index whose owner has made it up shows no message twice, hides none, and has no
// UIDL that is illegal or that of another message, by whatever rule.
func TestIndexListHostile(t *testing.T) {
	for file, options := range listRules {
		for name, uidls := range map[string][]string{
			"doubles":       {"same", "same", "u3"},
			"a name":        {"2.b", "", "u3"},
			"own name":      {"1.a", "2.b", "3 c"},
			"a digest":      {"u1", sum("3 c"), ""},
			"too long":      {strings.Repeat("x", 71), "u2", "u3"},
			"none":          {"", "", ""},
			"another order": {"u1", "u2", "u3"},
		} {
			for _, filter := range []uidlFilter{nil, {0}, {255}, make(uidlFilter, 8)} {
				t.Run(fmt.Sprint(file, "/", name, "/", filter), func(t *testing.T) {
					t.Parallel() // It waits for the clock most of the time.
					testHostileList(t, file, options, hostileList(filter, uidls...))
				})
			}
		}
	}
}

func testHostileList(t *testing.T, file string, options Options, l *listed) {
	dir := indexed(t)
	deliver(t, dir, file, map[string]string{
		uidlFile: "1.a\tu1\n", dovecotList: dovecotHead, courierList: "/2 1 7\n",
	}[file])
	login(t, dir, file, withIndex(options))
	login(t, dir, file, withIndex(options))
	m := open(t, dir, withIndex(options))
	lie := *m.snap.table
	l.rule = m.reader.ruleMark()
	now, err := m.look(file)
	if err != nil {
		t.Fatal(err)
	}
	l.state, lie.listed = now.uidl, l
	deliver(t, dir, indexName, string(encodeIndex(&lie, m.reader.options.settings(), now.dirs)))
	got := open(t, dir, withIndex(options))
	uidls := uidlSetOf(got)
	if got.Listing().Len() != 3 || len(uidls) != 3 {
		t.Errorf("%d messages with the UIDLs %v", got.Listing().Len(), uidls)
	}
	for uidl := range uidls {
		if len(uidl) > 70 && options.UIDL == "" || !isPrintable(uidl) {
			t.Errorf("illegal UIDL %q", uidl)
		}
	}
	seen := map[string]bool{}
	for n := 1; n <= 3; n++ {
		seen[read(t, got, n)] = true
	}
	if len(seen) != 3 {
		t.Errorf("texts %v", seen)
	}
}

// What is no UIDL is not read from an index.
func TestIndexListIllegalIsNoIndex(t *testing.T) {
	for _, uidl := range []string{"with space", "tab\t", "\x00", "\x7f", "é", "end\n"} {
		names := listedTable("1.a")
		names.plain, names.listed = true, hostileList(nil, uidl)
		names.listed.rule = 1
		block := encodeIndex(names, 0, states{})
		if _, err := readIndex(bytes.NewReader(block), int64(len(block)), 0); err != errIndex {
			t.Errorf("%q: %v", uidl, err)
		}
	}
}

// What is read from an index is what was written.
func TestIndexListSurvivesIndex(t *testing.T) {
	names := listedTable("1.a", "2.b", "3.c", "4.d", "5.e")
	b := newListedBuilder(5)
	b.add("u1", 7, 0)
	b.add("", 0, rowUnlisted)
	b.add(strings.Repeat("x", maxForeignUIDL), math.MaxUint64, 0)
	b.add("", 0, rowTaken)
	b.add("", 0, 0)
	names.plain, names.listed = true, b.listed()
	names.listed.rule, names.listed.filter = 9, uidlFilter{1, 2, 3}
	block := encodeIndex(names, 0, states{})
	x, err := readIndex(bytes.NewReader(block), int64(len(block)), 0)
	if err != nil || x.table.listed == nil {
		t.Fatal(err)
	}
	for i := range names.files {
		a, b := names.listed.rows[i], x.table.listed.rows[i]
		if a.code != b.code || a.place != b.place || names.listed.uidl(a) != x.table.listed.uidl(b) {
			t.Errorf("row %d is %+v, want %+v", i, b, a)
		}
	}
	if again := encodeIndex(x.table, 0, states{}); !bytes.Equal(again, block) {
		t.Errorf("%x became %x", block, again)
	}
}

// UIDLs and a filter that a head claims, and that are not there, are not allocated.
func TestIndexListClaimsAreNotAllocated(t *testing.T) {
	const size = 120 << 20
	for name, head := range map[string]indexHead{
		"UIDLs":            {count: 1, length: size - int64(headOctets), rule: 1, uidls: size - int64(headOctets) - recordOctets - 1},
		"filter":           {count: 1, length: size - int64(headOctets), rule: 1, filter: size - int64(headOctets) - recordOctets - 1},
		"without a rule":   {count: 1, length: size - int64(headOctets), uidls: 30},
		"no room for them": {count: 4, length: 100, rule: 1, uidls: 50},
	} {
		block := appendHead(nil, head)
		record := make([]byte, recordOctets)
		record[16], record[19] = 1, 200
		block = append(append(block, record...), 'x')
		binary.LittleEndian.PutUint32(block[36:], blockSum(block))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := readIndex(io.MultiReader(bytes.NewReader(block), zeros{}), size, 0)
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; err == nil || taken > 8<<20 {
			t.Errorf("%s: %v, %d octets were allocated", name, err, taken)
		}
	}
}

// A filter never says that a line is not there, and seldom that one is.
func TestFilter(t *testing.T) {
	g := &givenUIDLs{byName: map[string]givenUIDL{}, byUIDL: map[string]string{}}
	const lines = 20_000
	for i := range lines {
		name, uidl := fmt.Sprintf("%d.M%dP1.host", 1_700_000_000+i, i), fmt.Sprintf("%08x5f3c2a1b", i)
		g.byName[name], g.byUIDL[uidl] = givenUIDL{uidl, i}, name
	}
	f := newFilter(g)
	wrong := 0
	for i := range lines {
		name, uidl := fmt.Sprintf("%d.M%dP1.host", 1_700_000_000+i, i), fmt.Sprintf("%08x5f3c2a1b", i)
		if !f.may(name) || !f.may(uidl) {
			t.Fatalf("%q or %q is missing", name, uidl)
		}
		if f.may(fmt.Sprintf("%d.M%dP1.host", 1_800_000_000+i, i)) {
			wrong++
		}
	}
	if wrong > lines/1000 {
		t.Errorf("%d of %d others seem to be there", wrong, lines)
	}
}
