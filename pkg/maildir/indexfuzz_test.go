package maildir

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// FuzzIndex reads anything as an index. What is taken has only names that
// messages can have, in order, and is the same when it is written and read
// again; and no more memory is used than the file has octets, or some more.
func FuzzIndex(f *testing.F) {
	for _, content := range listedSeeds() {
		f.Add(content, false)
		f.Add(content[:len(content)-1], true)
	}
	f.Fuzz(func(t *testing.T, content []byte, seal bool) {
		if seal && len(content) >= headOctets { // so that the checksum is not what refuses it
			content = bytes.Clone(content)
			sealBlock(content)
		}
		x, err := readIndex(bytes.NewReader(content), int64(len(content)), 3)
		if err != nil {
			return
		}
		checkIndexed(t, x.table)
		checkRecalled(t, x.table)
		if l := x.table.listed; l != nil && (cap(l.rows) > 2*len(content)+100 || len(l.text)+len(l.filter) > len(content)) {
			t.Errorf("%d rows, %d octets of UIDLs, %d of a filter of %d octets", cap(l.rows), len(l.text), len(l.filter), len(content))
		}
		again := encodeIndex(x.table, 3, x.table.dirs)
		next, err := readIndex(bytes.NewReader(again), int64(len(again)), 3)
		if err != nil {
			t.Fatal(err)
		}
		if got := encodeIndex(next.table, 3, next.table.dirs); !bytes.Equal(got, again) {
			t.Errorf("%x became %x", again, got)
		}
		if cap(x.table.files) > 2*len(content)+100 || len(x.table.names) > len(content) { // nothing that a head claims
			t.Errorf("%d files, %d octets of names of %d octets", cap(x.table.files), len(x.table.names), len(content))
		}
	})
}

// checkIndexed checks what must hold for each table of an index.
func checkIndexed(t *testing.T, table *table) {
	t.Helper()
	for i, f := range table.files {
		name := table.name(f)
		if isHidden(name) || strings.ContainsAny(name, "/\x00") || f.sub > inCur || f.octets < unmeasured || f.twin != 0 {
			t.Errorf("file %q: %+v", name, f)
		}
		if int(f.unique) != uniqueLen(name) || table.plain && table.areTwins(i, i-1) {
			t.Errorf("file %q: %+v, no twins: %v", name, f, table.plain)
		}
		if i > 0 && table.compare(table.files[i-1], f) >= 0 {
			t.Errorf("%q is not in order", name)
		}
	}
	table.hasTwins()
	assigned := assignUIDLs(table, nil)
	for i := range table.files {
		if !isUIDL(assigned.of(table, i)) {
			t.Errorf("illegal UIDL %q", assigned.of(table, i))
		}
	}
}

// listedSeeds returns indexes with UIDLs: in one block, with an appended one, with
// doubles, and with a filter that lies.
func listedSeeds() (seeds [][]byte) {
	for _, uidls := range [][]string{{"u1", "", "u3"}, {"u1", "u2", "u3"}, {"same", "same", "x"}, {"3.c", "2.b", ""}, {"u1", sum("3 c"), ""}} {
		for _, filter := range []uidlFilter{nil, {0}, {255, 255}} {
			names := listedTable("1.a:2,S", "2.b", "3 c")
			names.plain, names.listed = true, hostileList(filter, uidls...)
			names.listed.rule = 5
			block := encodeIndex(names, 3, states{})
			seeds = append(seeds, block)
			more := *names
			more.listed = hostileList(filter, uidls...)
			more.listed.rule, more.listed.rows = 5, slices.Clone(names.listed.rows)
			more.listed.rows[0].place++
			later, _ := encodeChanges(names, &more, indexFile{sum: sumOf(block)}, 3, states{})
			seeds = append(seeds, append(bytes.Clone(block), later...))
		}
	}
	return seeds
}

// checkRecalled checks what clients would see of the UIDLs in an index, by each rule.
func checkRecalled(t *testing.T, table *table) {
	t.Helper()
	l := table.listed
	if l == nil {
		return
	}
	if len(l.rows) != len(table.files) || !table.isPlain() {
		t.Fatalf("%d rows for %d files", len(l.rows), len(table.files))
	}
	for name, r := range map[string]rule{"name": &nameRule{}, "dovecot": &dovecotRule{}, "courier": &courierRule{}} {
		own := *table
		own.listed = table.listedFrom(table)
		n, ok := r.recall(&own)
		if !ok {
			continue
		}
		seen, places := map[string]bool{}, map[uint32]bool{}
		for i := range n.table.files {
			uidl := n.uidls.of(n.table, i)
			if seen[uidl] || !isPrintable(uidl) || len(uidl) > maxForeignUIDL || name == "name" && !isUIDL(uidl) {
				t.Errorf("%s: UIDL %q", name, uidl)
			}
			seen[uidl] = true
		}
		for _, i := range n.order {
			places[i] = true
		}
		if n.order != nil && len(places) != len(n.table.files) || len(n.order) > len(n.table.files) {
			t.Errorf("%s: order %v", name, n.order)
		}
	}
}

// An index that is read in many pieces is the same.
func TestIndexLarge(t *testing.T) {
	large := &table{}
	var names strings.Builder
	for i := range 40_000 {
		name := fmt.Sprintf("%d.M%06dP1.mail.example.org:2,S", 1_700_000_000+i, i)
		row := newFile(name, names.Len(), inCur)
		row.octets, row.inode, row.print = int64(i), uint32(i+1), uint32(i+2)
		names.WriteString(name)
		large.files = append(large.files, row)
	}
	large.names = names.String()
	content := encodeIndex(large, 3, states{})
	if len(content) < 2*firstRead {
		t.Fatalf("only %d octets", len(content))
	}
	x, err := readIndex(bytes.NewReader(content), int64(len(content)), 3)
	if err != nil || !x.isWhole || !bytes.Equal(encodeIndex(x.table, 3, states{}), content) {
		t.Fatal(err)
	}
	for _, end := range []int{len(content) - 1, firstRead, firstRead + 1} {
		if _, err := readIndex(bytes.NewReader(content[:end]), int64(len(content)), 3); err == nil {
			t.Errorf("cut at %d: no error", end)
		}
	}
}
