package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/pop3"
)

const lists = "dovecot-uidlist courierpop3dsizelist"

// A Maildir of another server is not opened until its UIDLs are imported, and
// nothing in it is changed by that. The client may try again.
func TestForeign(t *testing.T) {
	for _, list := range strings.Fields(lists) {
		for _, lock := range []bool{true, false} {
			dir := newMaildir(t, "new/1.a", list)
			options := Options{Lock: lock, Refuse: true, Index: true, UIDLConvert: true}
			for range 2 {
				m, err := Open(t.Context(), nil, dir, options)
				var known *pop3.Error
				if m != nil || !errors.Is(err, ErrForeign) || errors.As(err, &known) {
					t.Fatalf("%s: Open() = %v, %v", list, m, err)
				}
				for _, part := range []string{list, "tpopsctl import --from ", " --apply " + dir} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%v: without %q", err, part)
					}
				}
				wantNoFile(t, dir, lockFile, indexName)
			}
			deliver(t, dir, uidlFile, OrderLine+"\n1.a\told\n")
			wantUIDLs(t, open(t, dir, options), "old")
		}
	}
}

func wantNoFile(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is no Maildir of another server is served, and stays so when another server
// makes its list.
func TestForeignLater(t *testing.T) {
	tests := []struct {
		name, files string
		accept      bool
	}{
		{"no list", "new/1.a", false},
		{"no messages", lists, false},
		{"nothing but a file that is no message", "new/.a " + lists, false},
		{"accepted", "new/1.a " + lists, true},
		{"served by 0.8", "new/1.a tpops_lock " + lists, false},
		{"served without a lock", "new/1.a tpops_index " + lists, false},
		{"imported", "new/1.a tpops_uidl " + lists, false},
	}
	for _, tt := range tests {
		for _, lock := range []bool{true, false} {
			t.Run(tt.name, func(t *testing.T) {
				dir := newMaildir(t, strings.Fields(tt.files)...)
				m := open(t, dir, Options{Lock: lock, Refuse: !tt.accept, UIDLConvert: true})
				if err := m.Close(); err != nil {
					t.Fatal(err)
				}
				for _, name := range strings.Fields("new/2.b " + lists) {
					deliver(t, dir, name, "")
				}
				for _, later := range []bool{true, false} {
					m := open(t, dir, Options{Lock: later, Refuse: true})
					if err := m.Close(); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	}
}

// A list that is a link or a directory is none.
func TestForeignOdd(t *testing.T) {
	dir := newMaildir(t, "new/1.a")
	if err := errors.Join(os.Symlink("new/1.a", filepath.Join(dir, "dovecot-uidlist")), os.Mkdir(filepath.Join(dir, "courierpop3dsizelist"), 0o700)); err != nil {
		t.Fatal(err)
	}
	wantUIDLs(t, open(t, dir, Options{Lock: true, Refuse: true}), "1.a")
}

// A tpops_uidl that the settings ignore does not keep UIDLs: the Maildir is refused
// until they use it.
func TestForeignIgnored(t *testing.T) {
	for _, lock := range []bool{true, false} {
		for _, marked := range []bool{true, false} {
			dir := newMaildir(t, "new/1.a", "courierpop3dsizelist")
			deliver(t, dir, "dovecot-uidlist", dovecotHead+"1 :1.a\n")
			deliver(t, dir, uidlFile, "1.a\told\n")
			if marked {
				deliver(t, dir, lockFile, "maildir-uidl = dovecot\n")
			}
			options := Options{Lock: lock, Refuse: true}
			m, err := openKnown(t.Context(), nil, dir, options)
			if !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "set maildir-uidl-convert = yes") {
				t.Fatalf("open() = %v, %v", m, err)
			}
			options.UIDLConvert = true
			wantUIDLs(t, open(t, dir, options), "old")
		}
	}
}
