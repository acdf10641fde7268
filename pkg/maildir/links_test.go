package maildir

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func link(t testing.TB, dir, from, to string) {
	t.Helper()
	if err := os.Link(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
		t.Fatal(err)
	}
}

// A rename in two steps that was interrupted leaves a file with two names. The
// message is one, and is deleted with all of them.
func TestLinksDeleted(t *testing.T) {
	tests := []struct {
		name         string
		names, after []string // links to cur/1.a:2,S before and after the login
		left         string
	}{
		{"in new", []string{"new/1.a"}, nil, ""},
		{"in cur", []string{"cur/1.a:2,"}, nil, ""},
		{"many", []string{"new/1.a", "cur/1.a", "cur/1.a:2,", "cur/1.a:2,FS"}, nil, ""},
		{"made since", nil, []string{"new/1.a"}, ""},
		{"another unique name", []string{"new/1.ab"}, nil, "new/1.ab"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t, "cur/9.z:2,")
			deliver(t, dir, "cur/1.a:2,S", "text")
			deliver(t, dir, quotaFile, "1000000S\n")
			for _, name := range tt.names {
				link(t, dir, "cur/1.a:2,S", name)
			}
			m := open(t, dir, Options{})
			for _, name := range tt.after {
				link(t, dir, "cur/1.a:2,S", name)
			}
			if got := m.Listing().Message(1).UIDL; got != "1.a" {
				t.Errorf("UIDL %q", got)
			}
			update(t, m, mark([]int{1}, nil))
			want := []string{"cur/9.z:2,"}
			if tt.left != "" {
				want = append(want, tt.left)
			}
			wantFiles(t, dir, want...)
			if text, _ := os.ReadFile(filepath.Join(dir, quotaFile)); string(text) != "1000000S\n-4 -1\n" {
				t.Errorf("maildirsize %q: the message counts once", text)
			}
		})
	}
}

// A name that is made at the last moment goes too, whether the directories are read
// before the removal, because they changed just before the login, or not.
func TestLinkedMeanwhile(t *testing.T) {
	for _, unsettled := range []bool{true, false} {
		t.Run(fmt.Sprintf("unsettled=%v", unsettled), func(t *testing.T) {
			dir := newMaildir(t, "cur/1.a", "cur/2.b")
			m := open(t, dir, Options{})
			setUnsettled(m, unsettled)
			marks := mark([]int{1, 2}, nil)
			r := &removal{snap: m.snap, view: m.view}
			visits := 0
			ctx := pacer{t.Context(), func() {
				if unsettled && m.view.now == nil {
					return // The directories are being read.
				}
				if visits++; visits == 1 {
					link(t, dir, "cur/1.a", "cur/1.a:2,S")
					link(t, dir, "cur/2.b", "new/2.b")
				}
			}}
			if err := r.remove(ctx, marks); err != nil || r.result(marks) != nil {
				t.Errorf("%v, %v", err, r.result(marks))
			}
			if visits == 0 {
				t.Error("nothing was linked")
			}
			wantFiles(t, dir)
		})
	}
}

// setUnsettled lets m have read its directories just after a change, or long after.
func setUnsettled(m *Mailbox, unsettled bool) {
	for i := range m.view.base.dirs {
		m.view.base.dirs[i].unsettled = unsettled
	}
}

// If one of the names cannot be removed the message is not reported as
// removed.
func TestLinkKept(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,S", "cur/2.b:2,")
	link(t, dir, "cur/1.a:2,S", "new/1.a")
	m := openAs(t, someUser(t, dir), dir, Options{})
	restrict(t, filepath.Join(dir, "new"), 0o500)
	wantKept(t, m, mark([]int{1, 2}, nil), unix.EACCES, 1)
	wantFiles(t, dir, "new/1.a")
}

// What relink leaves when it is killed half-way is one message, at the next
// login and for QUIT.
func TestRelinkInterrupted(t *testing.T) {
	dir := newMaildir(t, "new/1.a")
	subs, err := openSubdirs(open(t, dir, Options{}).dir, unix.O_PATH)
	if err != nil {
		t.Fatal(err)
	}
	defer subs.close()
	if err := unix.Linkat(subs[inNew], "1.a", subs[inCur], "1.a:2,S", 0); err != nil {
		t.Fatal(err)
	}
	m := open(t, dir, Options{})
	wantUIDLs(t, m, "1.a")
	update(t, m, mark([]int{1}, nil))
	wantFiles(t, dir)
	wantUIDLs(t, open(t, dir, Options{}))
}
