package maildir

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// byText returns the UIDL of each message by its text.
func byText(t testing.TB, dir string) map[string]string {
	t.Helper()
	m := open(t, dir, Options{})
	defer m.Close()
	all := map[string]string{}
	for n := range m.Listing().Len() {
		all[read(t, m, n+1)] = m.Listing().Message(n + 1).UIDL
	}
	return all
}

// wantByText checks that each text has the UIDL that it had before.
func wantByText(t testing.TB, dir string, want map[string]string) {
	t.Helper()
	if got := byText(t, dir); !maps.Equal(got, want) {
		t.Errorf("UIDLs %q, want %q", got, want)
	}
}

// setTime sets the modification time of a message file.
func setTime(t testing.TB, dir, name string, mtime time.Time) {
	t.Helper()
	if err := os.Chtimes(filepath.Join(dir, name), mtime, mtime); err != nil {
		t.Fatal(err)
	}
}

// Whatever is done to the flags of files with one unique name, and in
// whichever directory they are, each keeps its UIDL, even if size and time
// are the same.
func TestTwinsKeepUIDLs(t *testing.T) {
	for name, age := range map[string]time.Duration{"times differ": time.Hour, "times are the same": 0} {
		t.Run(name, func(t *testing.T) {
			dir := newMaildir(t)
			deliver(t, dir, "cur/100.a:2,", "one")
			deliver(t, dir, "cur/100.a:2,R", "two")
			deliver(t, dir, "new/100.a", "three")
			now := time.Now()
			setTime(t, dir, "cur/100.a:2,", now)
			setTime(t, dir, "cur/100.a:2,R", now.Add(-age))
			want := byText(t, dir)
			for _, step := range [][2]string{
				{"cur/100.a:2,", "cur/100.a:2,S"},
				{"cur/100.a:2,S", "cur/100.a:2,T"}, // from the first by its flags to the last
				{"new/100.a", "cur/100.a:2,"},
				{"cur/100.a:2,R", "new/100.a"},
			} {
				rename(t, dir, step[0], step[1])
				wantByText(t, dir, want)
			}
		})
	}
}

// A session that retrieves one of several does not rename it, and no UIDL
// changes.
func TestTwinsNotFlagged(t *testing.T) {
	dir := newMaildir(t, "new/7.b")
	deliver(t, dir, "cur/100.a:2,", "one")
	deliver(t, dir, "new/100.a", "two")
	want := byText(t, dir)
	m := open(t, dir, Options{})
	update(t, m, mark(nil, []int{1, 2, 3}))
	wantFiles(t, dir, "cur/7.b:2,S", "cur/100.a:2,", "new/100.a")
	wantByText(t, dir, want)
}

// None of several has the plain name, so none hands it on to another when it
// is deleted; and what is deleted changes no UIDL as long as two are left.
func TestTwinsDeleted(t *testing.T) {
	dir := newMaildir(t)
	for name, text := range map[string]string{"cur/100.a:2,": "one", "cur/100.a:2,R": "number two", "cur/100.a:2,S": "three"} {
		deliver(t, dir, name, text)
	}
	want := byText(t, dir)
	for text, uidl := range want {
		if uidl == "100.a" {
			t.Errorf("%q has the plain name", text)
		}
	}
	remove(t, dir, "cur/100.a:2,")
	delete(want, "one")
	wantByText(t, dir, want)
	remove(t, dir, "cur/100.a:2,R")
	wantByText(t, dir, map[string]string{"three": "100.a"}) // as of any message that is alone
}

// A backup keeps sizes and times in seconds; from it come the same UIDLs.
func TestTwinsRestored(t *testing.T) {
	then := time.Unix(1_700_000_000, 123)
	dir := newMaildir(t)
	deliver(t, dir, "cur/100.a:2,", "one")
	deliver(t, dir, "cur/100.a:2,R", "two")
	setTime(t, dir, "cur/100.a:2,", then)
	setTime(t, dir, "cur/100.a:2,R", then.Add(time.Second))
	want := byText(t, dir)
	restored := newMaildir(t)
	deliver(t, restored, "cur/100.a:2,R", "two")
	deliver(t, restored, "cur/100.a:2,", "one")
	setTime(t, restored, "cur/100.a:2,R", then.Add(time.Second).Truncate(time.Second))
	setTime(t, restored, "cur/100.a:2,", then.Truncate(time.Second))
	wantByText(t, restored, want)
}

// A UIDL of tpops_uidl belongs to one message; of several none can claim it.
func TestTwinsGivenUIDL(t *testing.T) {
	dir := newMaildir(t, "cur/100.a:2,", "cur/200.b")
	deliver(t, dir, "cur/100.a:2,R", "another")
	deliver(t, dir, uidlFile, "100.a\told-100\n200.b\told-200\n")
	got := uidls(open(t, dir, Options{UIDLConvert: true}))
	for i, uidl := range got {
		if isOld := uidl == "old-100" || uidl == "old-200" || uidl == "100.a"; isOld != (i == 2) {
			t.Errorf("UIDLs %q", got)
		}
	}
}

// Where no file can be looked at, names are all there is to tell them apart.
func TestTwinsUnknown(t *testing.T) {
	dir := newMaildir(t, "cur/1.a,W=5:2,F", "cur/1.a,W=5:2,S")
	owner := someUser(t, dir)
	m := openAs(t, owner, dir, Options{})
	restrict(t, filepath.Join(dir, "cur"), 0o600) // may be read but not entered
	if err := owner.Do(func() (err error) {
		m.snap, m.view, err = m.reader.take(t.Context(), look{}, nil)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	wantUIDLs(t, m, sum("1.a,W=5\x001.a,W=5:2,F"), sum("1.a,W=5\x001.a,W=5:2,S"))
}
