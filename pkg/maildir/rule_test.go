package maildir

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shown reads a Maildir and applies its rule, and returns the UIDLs in their
// order.
func shown(t *testing.T, dir string, options Options) (numbered, []string) {
	t.Helper()
	n, err := tryRule(t, dir, options)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for k := range n.table.files {
		i := k
		if n.order != nil {
			i = int(n.order[k])
		}
		all = append(all, n.uidls.of(n.table, i))
	}
	return n, all
}

func tryRule(t *testing.T, dir string, options Options) (numbered, error) {
	t.Helper()
	m := bareMailbox(t, dir, options)
	v := m.newView(nil)
	var err error
	if v.base, err = v.scanner(t.Context()).table(); err != nil {
		t.Fatal(err)
	}
	return m.reader.rule().apply(t.Context(), v)
}

// wantShown checks the UIDLs that clients see.
func wantShown(t *testing.T, dir string, options Options, want ...string) {
	t.Helper()
	if _, got := shown(t, dir, options); !slices.Equal(got, want) {
		t.Errorf("UIDLs %q, want %q", got, want)
	}
}

func wantList(t *testing.T, dir, name, want string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil || string(text) != want {
		t.Errorf("%s is\n%s%v, want\n%s", name, text, err, want)
	}
}

// wantOnly checks which files are in a Maildir besides its directories.
func wantOnly(t *testing.T, dir string, want ...string) {
	t.Helper()
	var got []string
	for _, pattern := range []string{"*", "tmp/*"} {
		names, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, name := range names {
			if name = strings.TrimPrefix(name, dir+"/"); !slices.Contains([]string{"new", "cur", "tmp"}, name) {
				got = append(got, name)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}
