package maildir

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lateListing returns the listing of a login at the beginning of which meanwhile is
// called: after it has looked at the Maildir, and before it reads anything.
func lateListing(t *testing.T, dir string, options Options, meanwhile func()) *snapshot {
	t.Helper()
	m := open(t, dir, options)
	defer m.Close()
	now, err := m.look(m.reader.rule().file())
	if err != nil {
		t.Fatal(err)
	}
	meanwhile()
	snap, _, err := m.reader.read(t.Context(), now, nil)
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// A program writes the line of a message, and then delivers the message. A login
// that finds the message finds the line, whatever it knew before.
func TestIndexListLineBeforeMessage(t *testing.T) {
	dir := withList(t, uidlFile)
	options := withIndex(listRules[uidlFile])
	for range 2 {
		login(t, dir, uidlFile, options)
	}
	text, err := os.ReadFile(filepath.Join(dir, uidlFile))
	if err != nil {
		t.Fatal(err)
	}
	deliver(t, dir, "new/1799999999.M1P1.host", "text\n") // So that the directories are read.
	snap := lateListing(t, dir, options, func() {
		deliver(t, dir, uidlFile, string(text)+"1800000000.M1P1.host\tline\n")
		deliver(t, dir, "new/1800000000.M1P1.host", "text\n")
	})
	if got := uidlsByName(&Mailbox{snap: snap})["1800000000.M1P1.host"]; got != "line" {
		t.Errorf("UIDL %q, want that of the line", got)
	}
}

// A list that changes while a login reads the Maildir is not kept, not even if it has
// its old size and modification time.
func TestIndexListChangedMeanwhile(t *testing.T) {
	for file, options := range listRules {
		t.Run(file, func(t *testing.T) {
			dir := withList(t, file)
			if !settleList(t, dir, file, 4000) {
				t.Fatal("the Maildir never becomes old")
			}
			var seen *snapshot
			restoreTime(t, dir, file, func(text string) {
				seen = lateListing(t, dir, withIndex(options), func() { deliver(t, dir, file, exchangeNames(text, 0, 1)) })
				deliver(t, dir, file, text)
			})
			_ = login(t, dir, file, withIndex(options))
			got, want := open(t, dir, withIndex(options)), open(t, dir, options)
			wantSame(t, got, want)
			if maps.Equal(uidlsByName(got), uidlsByName(&Mailbox{snap: seen})) {
				t.Error("the list was not changed, so nothing was tested")
			}
		})
	}
}

// A list whose owner changes it and sets its modification time back is read again,
// also if its size and its inode are the same.
func TestIndexListModificationTimeSetBack(t *testing.T) {
	for file, options := range listRules {
		t.Run(file, func(t *testing.T) {
			dir := withList(t, file)
			for k := range 4 {
				login(t, dir, file, withIndex(options))
				before := open(t, dir, withIndex(options))
				restoreTime(t, dir, file, func(text string) { deliver(t, dir, file, exchangeNames(text, 0, 2+k)) })
				after := open(t, dir, withIndex(options))
				wantSame(t, after, open(t, dir, options))
				if first, second := uidlsByName(before), uidlsByName(after); maps.Equal(first, second) {
					t.Error("the old UIDLs are shown")
				}
			}
		})
	}
}

// restoreTime calls do with the content of a file, and gives the file its old
// modification time.
func restoreTime(t *testing.T, dir, file string, do func(text string)) {
	t.Helper()
	path := filepath.Join(dir, file)
	stat, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	do(string(text))
	if err := os.Chtimes(path, stat.ModTime(), stat.ModTime()); err != nil {
		t.Fatal(err)
	}
}

// exchangeNames exchanges two names of withList in the text of a list, which keeps
// its size if they are as long as each other.
func exchangeNames(text string, a, b int) string {
	var names []string
	for line := range strings.Lines(text) {
		if at := strings.Index(line, "17000000"); at >= 0 {
			names = append(names, line[at:][:strings.Index(line[at:], ".host")+len(".host")])
		}
	}
	return strings.NewReplacer(names[a], names[b], names[b], names[a]).Replace(text)
}

// uidlsByName returns the UIDLs of a mailbox by unique name.
func uidlsByName(m *Mailbox) map[string]string {
	all, t := map[string]string{}, m.snap.table
	for i, f := range t.files {
		all[t.unique(f)] = m.snap.uidls.of(t, i)
	}
	return all
}
