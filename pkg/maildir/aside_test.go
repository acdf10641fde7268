package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/pop3"
)

// wantListed checks the UIDLs of a mailbox in their order.
func wantListed(t *testing.T, dir string, options Options, want ...string) {
	t.Helper()
	m, err := Open(t.Context(), nil, dir, options)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var got []string
	for n := range m.Listing().Len() {
		got = append(got, m.Listing().Message(n+1).UIDL)
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %q instead of %q", got, want)
	}
}

func setBackAll(all []DeletedMessage) []DeletedMessage { return all }

// A message that is set aside and back again has its UIDL and its place in the order,
// whatever they come from.
func TestSetAside(t *testing.T) {
	long := strings.Repeat("x", 80)
	for name, c := range map[string]struct {
		lines string
		uidls []string
	}{
		"names":       {"", []string{"1.a", builtInUIDL("2." + long), "3.c"}},
		"lines":       {"2." + long + "\told\n", []string{"1.a", "old", "3.c"}},
		"lines order": {OrderLine + "\n3.c\tU3\n2." + long + "\tU2\n1.a\tU1\n", []string{"U3", "U2", "U1"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := newMaildir(t, "cur/1.a:2,S", "cur/2."+long+":2,FS", "new/3.c")
			options := Options{UIDLConvert: true, Index: true, Served: true}
			if c.lines != "" {
				deliver(t, dir, uidlFile, c.lines)
			}
			deliver(t, dir, quotaFile, "1000S\n")
			wantListed(t, dir, options, c.uidls...)
			file, err := SetAside(t.Context(), nil, dir, options, c.uidls[1])
			if err != nil || file != "2."+long+":2,FS" {
				t.Fatal(file, err)
			}
			wantListed(t, dir, options, c.uidls[0], c.uidls[2])
			aside, err := Aside(t.Context(), nil, dir, nil)
			if err != nil || len(aside) != 1 || aside[0].UIDL != c.uidls[1] {
				t.Errorf("%+v, %v", aside, err)
			}
			if got := foundNames(examine(t, nil, dir, false, true)); !slices.Contains(got, noteAside) {
				t.Errorf("found %q", got)
			}
			back, err := SetBack(t.Context(), nil, dir, options, setBackAll)
			if err != nil || len(back) != 1 || back[0].Err != nil || back[0].Now != c.uidls[1] {
				t.Errorf("%+v, %v", back, err)
			}
			wantListed(t, dir, options, c.uidls...)
			if aside, err := Aside(t.Context(), nil, dir, nil); err != nil || len(aside) > 0 {
				t.Error(aside, err)
			}
			left, err := os.ReadDir(filepath.Join(dir, asideDir))
			if err != nil || len(left) > 0 {
				t.Error(left, err)
			}
		})
	}
}

// What cannot be set aside stays in the mailbox, and no file is lost.
func TestSetAsideRefused(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,S", "cur/2.b:2,")
	deliver(t, dir, "cur/3.c:2,", "x")
	deliver(t, dir, "new/3.c", "y")
	options := Options{LockWait: 1}
	m := open(t, dir, Options{Lock: true})
	twin := m.Listing().Message(3).UIDL
	if _, err := SetAside(t.Context(), nil, dir, options, "1.a"); !errors.Is(err, pop3.ErrLocked) {
		t.Error("in use:", err)
	}
	_ = m.Close()
	for _, uidl := range []string{"", "none"} {
		if _, err := SetAside(t.Context(), nil, dir, options, uidl); !errors.Is(err, pop3.ErrNoMessage) {
			t.Error(err)
		}
	}
	if _, err := SetAside(t.Context(), nil, dir, options, twin); !errors.Is(err, errTwin) {
		t.Error("twin:", err)
	}
	if _, err := SetAside(t.Context(), nil, filepath.Join(filepath.Dir(dir), "none"), options, "1.a"); err == nil {
		t.Error("no Maildir")
	}
	elsewhere := t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(dir, asideDir)); err != nil {
		t.Fatal(err)
	}
	if _, err := SetAside(t.Context(), nil, dir, options, "1.a"); err == nil {
		t.Error("through a link")
	}
	wantFiles(t, dir, "new/3.c", "cur/1.a:2,S", "cur/2.b:2,", "cur/3.c:2,")
}

// All files of a message go, and a message that came under its name meanwhile stays.
func TestSetAsideCopies(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,S", "new/1.a", "cur/2.b:2,")
	if _, err := SetAside(t.Context(), nil, dir, Options{}, "1.a"); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, dir, "cur/2.b:2,")
	deliver(t, dir, "cur/1.a:2,", "another")
	back, err := SetBack(t.Context(), nil, dir, Options{}, setBackAll)
	if err != nil || len(back) != 2 || !errors.Is(back[0].Err, errPresent) {
		t.Errorf("%+v, %v", back, err)
	}
	remove(t, dir, "cur/1.a:2,")
	if _, err := SetBack(t.Context(), nil, dir, Options{}, setBackAll); err != nil {
		t.Error(err)
	}
	wantFiles(t, dir, "new/1.a", "cur/1.a:2,S", "cur/2.b:2,")
}
