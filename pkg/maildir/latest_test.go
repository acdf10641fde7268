package maildir

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
)

// sameName returns a Maildir with so many messages of one unique name, each with a file in
// both directories and a link beside them.
func sameName(t *testing.T, count int) string {
	t.Helper()
	dir := newMaildir(t)
	for k := range count {
		for _, sub := range subNames {
			name := fmt.Sprintf("%s/1.a:2,%d", sub, k)
			deliver(t, dir, name, fmt.Sprint(k))
			link(t, dir, name, fmt.Sprintf("tmp/%s.%d", sub, k))
		}
	}
	return dir
}

// What one message costs does not depend on how many others have its unique name.
func TestLatestAllocations(t *testing.T) {
	const count = 200
	dir := sameName(t, count)
	m := open(t, dir, Options{})
	deliver(t, dir, "new/2.b", "")
	if _, err := m.view.update(t.Context()); err != nil || m.view.now == nil {
		t.Fatal(err)
	}
	for i := range count {
		_, files, ids := m.view.members(i)
		if len(files) != 2 || m.view.now.name(files[0])[len("1.a:2,"):] != m.view.base.name(m.view.base.files[i])[len("1.a:2,"):] || len(ids) != 4 {
			t.Fatalf("message %d: %v, %v", i, files, ids)
		}
	}
	if n := testing.AllocsPerRun(1, func() { _, _, _ = m.view.members(count / 2) }); n > 20 {
		t.Errorf("%v allocations", n)
	}
}

// A message has the files that it had, whatever has come, gone or been renamed, and those
// that have the content of one of them.
func TestLatestMembers(t *testing.T) {
	dir := newMaildir(t)
	for name, text := range map[string]string{"cur/1.a:2,": "one", "cur/1.a:2,S": "two", "cur/1.a:2,F": "two", "cur/1.a:2,T": "three", "cur/3.c:2,": "", "cur/3.c:2,S": "x"} {
		deliver(t, dir, name, text)
	}
	m := open(t, dir, Options{})
	rename(t, dir, "cur/1.a:2,F", "cur/1.a:2,FR")
	remove(t, dir, "cur/1.a:2,T", "cur/3.c:2,S")
	deliver(t, dir, "new/1.a", "one")
	deliver(t, dir, "cur/1.a:2,RT", "four")
	if _, err := m.view.update(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"1.a:2,":  {"1.a", "1.a:2,"},
		"1.a:2,S": {"1.a:2,FR", "1.a:2,S"},
		"1.a:2,T": nil,
		"3.c:2,":  {"3.c:2,"},
		"3.c:2,S": {"3.c:2,"}, // It is another one, as its identity shows.
	}
	base := m.view.base
	for i := range base.files {
		now, files, ids := m.view.members(i)
		var got []string
		for _, f := range files {
			got = append(got, now.name(f))
		}
		slices.Sort(got)
		if name := base.name(base.files[i]); !slices.Equal(got, want[name]) || ids == nil {
			t.Errorf("%s: %q, want %q", name, got, want[name])
		}
	}
}

// To look for other names of many removed messages asks for each file once.
func TestLinksAllocations(t *testing.T) {
	const count = 100
	dir := sameName(t, count)
	m := open(t, dir, Options{})
	var half []int
	for n := range count / 2 {
		half = append(half, n+1)
	}
	r := &removal{snap: m.snap, view: m.view}
	if err := r.remove(t.Context(), mark(half, nil)); err != nil || len(r.removed) != len(half) || r.areGone() {
		t.Fatal(err, len(r.removed))
	}
	if n := testing.AllocsPerRun(1, func() { _, _ = r.removeLinksOnce(t.Context()) }); n > 10*count {
		t.Errorf("%v allocations", n)
	}
	if len(m.view.base.files) != count || len(uidls(open(t, dir, Options{}))) != count/2 {
		t.Error("not half of the messages are left")
	}
}

// To remove a message with many copies does not collect all of them for each.
func TestCopiesAllocations(t *testing.T) {
	const count = 1000
	dir := newMaildir(t)
	for k := range count {
		deliver(t, dir, fmt.Sprintf("cur/1.a:2,%d", k), "")
	}
	m := open(t, dir, Options{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	update(t, m, mark([]int{1}, nil))
	runtime.ReadMemStats(&after)
	if octets := after.TotalAlloc - before.TotalAlloc; octets > 10000*count {
		t.Errorf("%d octets allocated for %d copies", octets, count)
	}
	wantFiles(t, dir)
}
