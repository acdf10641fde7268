package maildir

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// wantMessages checks the UIDLs and texts of a mailbox that is opened anew.
func wantMessages(t *testing.T, dir string, want ...string) {
	t.Helper()
	m := open(t, dir, Options{})
	defer m.Close()
	got := []string{}
	for n := 1; n <= m.Listing().Len(); n++ {
		got = append(got, m.Listing().Message(n).UIDL+" "+read(t, m, n))
	}
	if !slices.Equal(got, want) {
		t.Errorf("messages %q, want %q", got, want)
	}
}

// A backup that is restored beside live mail changes no UIDL and adds no
// message, whatever is done to the flags, places, times and files of either.
func TestCopiesKeepUIDL(t *testing.T) {
	dir := newMaildir(t, "cur/200.b")
	same := func(what string) {
		t.Helper()
		t.Log(what)
		wantMessages(t, dir, "100.a text", "200.b ")
	}
	deliver(t, dir, "cur/100.a:2,S", "text")
	same("alone")
	deliver(t, dir, "new/100.a", "text")
	same("restored")
	setTime(t, dir, "new/100.a", time.Unix(1_500_000_000, 0))
	same("older")
	setTime(t, dir, "new/100.a", time.Now().Add(time.Hour))
	same("younger")
	deliver(t, dir, "cur/100.a:2,F", "text")
	same("three")
	rename(t, dir, "cur/100.a:2,S", "cur/100.a:2,T")
	rename(t, dir, "new/100.a", "cur/100.a:2,")
	same("flags changed")
	remove(t, dir, "cur/100.a:2,T")
	same("the first removed")
	if err := os.Link(filepath.Join(dir, "cur/100.a:2,F"), filepath.Join(dir, "new/100.a")); err != nil {
		t.Fatal(err)
	}
	same("a link to one of them")
	remove(t, dir, "cur/100.a:2,", "cur/100.a:2,F")
	same("the last")
}

// The UIDL that tpops_uidl gives belongs to all copies.
func TestCopiesGivenUIDL(t *testing.T) {
	dir := newMaildir(t, "cur/100.a:2,", "cur/100.a:2,R", "cur/200.b")
	deliver(t, dir, uidlFile, "100.a\told-100\n")
	wantUIDLs(t, open(t, dir, Options{UIDLConvert: true}), "old-100", "200.b")
}

// A message that shares its unique name with another keeps its UIDL when it is
// restored beside itself; size and time do not count, even if they are those
// of the other.
func TestCopiesOfTwins(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "cur/100.a:2,", "one")
	deliver(t, dir, "cur/100.a:2,R", "two")
	then := time.Unix(1_500_000_000, 0)
	setTime(t, dir, "cur/100.a:2,", then)
	setTime(t, dir, "cur/100.a:2,R", then)
	want := byText(t, dir)
	deliver(t, dir, "new/100.a", "two")
	wantByText(t, dir, want)
	setTime(t, dir, "new/100.a", then)
	wantByText(t, dir, want)
	remove(t, dir, "cur/100.a:2,R")
	rename(t, dir, "cur/100.a:2,", "cur/100.a:2,S")
	wantByText(t, dir, want)
	m := open(t, dir, Options{})
	for n := range m.Listing().Len() {
		if read(t, m, n+1) == "two" {
			update(t, m, mark([]int{n + 1}, nil))
		}
	}
	wantFiles(t, dir, "cur/100.a:2,S")
}

// Whichever copy has it, a message is seen if one is.
func TestCopiesSeen(t *testing.T) {
	for _, names := range [][]string{{"new/1.a", "cur/1.a:2,S"}, {"cur/1.a:2,FS", "cur/1.a:2,"}} {
		if m := open(t, newMaildir(t, names...), Options{}); !m.Listing().Message(1).Seen {
			t.Errorf("%q: not seen", names)
		}
	}
}

// A message with several files that was retrieved is seen at the next login.
func TestCopiesFlagged(t *testing.T) {
	for _, linked := range []bool{false, true} {
		dir := newMaildir(t, "cur/1.a:2,")
		if linked {
			link(t, dir, "cur/1.a:2,", "new/1.a")
		} else {
			deliver(t, dir, "new/1.a", "")
		}
		update(t, open(t, dir, Options{}), mark(nil, []int{1}))
		wantFiles(t, dir, "cur/1.a:2,S", "new/1.a")
		if m := open(t, dir, Options{}); m.Listing().Len() != 1 || !m.Listing().Message(1).Seen {
			t.Errorf("linked %v: not seen", linked)
		}
	}
}

// A message that is deleted is deleted with all its files, also those that
// came or were renamed during the session, and nothing else.
func TestCopiesDeleted(t *testing.T) {
	copied := func(t *testing.T, dir string) { deliver(t, dir, "new/1.a", "text") }
	tests := []struct {
		name          string
		before, after func(t *testing.T, dir string)
		left          []string
	}{
		{"copied before", copied, nil, nil},
		{"copied during the session", nil, copied, nil},
		{"one renamed", copied, func(t *testing.T, dir string) { rename(t, dir, "new/1.a", "cur/1.a:2,F") }, nil},
		{"both renamed", copied, func(t *testing.T, dir string) {
			rename(t, dir, "cur/1.a:2,S", "cur/1.a:2,F")
			rename(t, dir, "new/1.a", "cur/1.a:2,S")
		}, nil},
		{"the first gone", copied, func(t *testing.T, dir string) { remove(t, dir, "cur/1.a:2,S") }, nil},
		{"all gone", copied, func(t *testing.T, dir string) { remove(t, dir, "cur/1.a:2,S", "new/1.a") }, nil},
		{"a third", copied, func(t *testing.T, dir string) { deliver(t, dir, "cur/1.a:2,T", "text") }, nil},
		{"another message before", func(t *testing.T, dir string) { deliver(t, dir, "new/1.a", "other") }, nil, []string{"new/1.a"}},
		{"another message beside copies", copied, func(t *testing.T, dir string) { deliver(t, dir, "cur/1.a:2,T", "other") }, []string{"cur/1.a:2,T"}},
	}
	for _, tt := range tests {
		for _, resume := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, %v", tt.name, resume), func(t *testing.T) {
				dir := newMaildir(t)
				deliver(t, dir, "cur/1.a:2,S", "text")
				if tt.before != nil {
					tt.before(t, dir)
				}
				m := open(t, dir, Options{})
				if resume {
					m = resumed(t, m, Options{})
				}
				if tt.after != nil {
					tt.after(t, dir)
				}
				for n := 1; n <= m.Listing().Len(); n++ {
					if tt.name == "all gone" {
						wantNone(t, m, n)
					} else if read(t, m, n) == "text" {
						defer wantFiles(t, dir, tt.left...)
						defer update(t, m, mark([]int{n}, nil))
					}
				}
			})
		}
	}
}

// A message that gets a different one beside it during the session cannot be
// told from it, and stays.
func TestAmbiguousKept(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "cur/1.a:2,S", "text")
	m := open(t, dir, Options{})
	deliver(t, dir, "new/1.a", "other")
	wantKept(t, m, mark([]int{1}, nil), errAmbiguous, 1)
	wantFiles(t, dir, "cur/1.a:2,S", "new/1.a")
}

// Only files that share their unique name are read, each once in a session.
func TestCopiesReadOnce(t *testing.T) {
	dir := newMaildir(t, "cur/2.b,W=0", "new/3.c,W=0")
	deliver(t, dir, "cur/1.a,W=4:2,S", "text")
	deliver(t, dir, "new/1.a,W=4", "text")
	m := open(t, dir, Options{})
	if len(m.view.sums) != 2 {
		t.Errorf("%d files were read, want 2", len(m.view.sums))
	}
	for key := range m.view.sums {
		m.view.sums[key] = digest{1} // Found out if they are read again.
	}
	setUnsettled(m, true)
	if changed, err := m.view.update(t.Context()); err != nil || !changed {
		t.Fatalf("%v, %v", changed, err)
	}
	for _, id := range m.view.now.twins {
		if id.sum != (digest{1}) {
			t.Error("a file was read twice")
		}
	}
}
