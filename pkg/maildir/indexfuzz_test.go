package maildir

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// FuzzIndex reads anything as an index. What is taken has only names that
// messages can have, in order, and is the same when it is written and read
// again; and no more memory is used than the file has octets, or some more.
func FuzzIndex(f *testing.F) {
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
