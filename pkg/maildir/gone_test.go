package maildir

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

// To remove messages does not read the directories if nothing has changed since
// the login and no file has another name.
func TestRemoveReadsNothing(t *testing.T) {
	for linked, want := range map[bool]bool{false: false, true: true} {
		dir := newMaildir(t, "new/1.a", "cur/2.b:2,S", "cur/3.c:2,")
		age(t, dir)
		m := open(t, dir, Options{})
		if !m.local {
			t.Skip("the links of files on a file server are not counted")
		}
		if linked {
			link(t, dir, "cur/2.b:2,S", "tmp/2.b")
		}
		r := &removal{snap: m.snap, view: m.view}
		looks := 0
		ctx := pacer{t.Context(), func() { looks++ }}
		if err := r.remove(ctx, mark([]int{1, 2}, nil)); err != nil {
			t.Fatal(err)
		}
		// Two messages are visited; each directory that is read asks once or more.
		if got := looks > 2; got != want {
			t.Errorf("linked %v: %d looks, directories read: %v, want %v", linked, looks, got, want)
		}
		wantFiles(t, dir, "cur/3.c:2,")
	}
}

// A file is gone only if no name is left: not one in another directory, nor one
// that it got while it was removed.
func TestIsGone(t *testing.T) {
	dir := newMaildir(t, "cur/1.a", "cur/2.b")
	m := open(t, dir, Options{})
	subs, err := openSubdirs(m.dir, unix.O_PATH)
	if err != nil {
		t.Fatal(err)
	}
	defer subs.close()
	for name, want := range map[string]bool{"1.a": false, "2.b": true} {
		at := place{&subs, inCur, name}
		file, err := at.hold()
		if err != nil {
			t.Fatal(err)
		}
		defer file.close()
		if file.isGone(false) {
			t.Errorf("%s is gone before it is removed", name)
		}
		if !want {
			link(t, dir, "cur/"+name, "tmp/"+name)
		}
		if err := at.unlink(); err != nil {
			t.Fatal(err)
		}
		if got := file.isGone(false); got != want {
			t.Errorf("%s is gone: %v, want %v", name, got, want)
		}
	}
}

// BenchmarkFetchAndDelete is a session that reads and deletes 20 messages.
func BenchmarkFetchAndDelete(b *testing.B) {
	const messages = 20
	dir := newMaildir(b)
	marks := mark(nil, nil)
	for n := range messages {
		marks.Delete(n + 1)
		marks.See(n + 1)
	}
	round := 0
	for b.Loop() {
		b.StopTimer()
		round++
		for n := range messages {
			deliver(b, dir, fmt.Sprintf("new/%d.M%d.host", 1_700_000_000+round, n), "Subject: text\n\ntext\n")
		}
		awaitOld(b, dir)
		b.StartTimer()
		m := open(b, dir, Options{Lock: true, Index: true, UseFilesize: true})
		for n := range messages {
			read(b, m, n+1)
		}
		update(b, m, marks)
		_ = m.Close()
	}
}
