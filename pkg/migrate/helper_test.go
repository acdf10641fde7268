package migrate

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tpops/pkg/maildir"
)

// newMaildir makes a Maildir of files: names such as cur/1.a:2,S and texts.
func newMaildir(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Maildir")
	for _, sub := range []string{"", "tmp", "new", "cur"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		write(t, dir, name, text)
	}
	return dir
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// touch sets the modification time of a file to so many seconds.
func touch(t testing.TB, dir, name string, seconds int64) {
	t.Helper()
	then := time.Unix(seconds, 0)
	if err := os.Chtimes(filepath.Join(dir, name), then, then); err != nil {
		t.Fatal(err)
	}
}

// empty makes files without text.
func empty(names string) map[string]string {
	files := map[string]string{}
	for name := range strings.FieldsSeq(names) {
		files[name] = ""
	}
	return files
}

// listing returns the UIDLs that a login shows, in order.
func listing(t testing.TB, dir string) []string {
	t.Helper()
	m, err := maildir.Open(t.Context(), nil, dir, maildir.Options{UIDLConvert: true, UseFilesize: true, Refuse: true, Lock: true})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var all []string
	for n := range m.Listing().Len() {
		all = append(all, m.Listing().Message(n+1).UIDL)
	}
	return all
}

func wantListing(t testing.TB, dir string, want ...string) {
	t.Helper()
	if got := listing(t, dir); !slices.Equal(got, want) {
		t.Errorf("UIDLs %q, want %q", got, want)
	}
}

// tree returns all that is in a Maildir: names and contents.
func tree(t testing.TB, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		all.WriteString(path + "\n")
		if err == nil && d.Type().IsRegular() {
			text, err := os.ReadFile(path)
			all.Write(text)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// apply imports a Maildir, and checks first that a dry run changes nothing and
// reports the same.
func apply(t testing.TB, source Source, dir string) *Report {
	t.Helper()
	before := tree(t, dir)
	im := &Importer{Source: source}
	dry := im.Mailbox(t.Context(), Job{Maildir: dir})
	if after := tree(t, dir); after != before {
		t.Errorf("a dry run changed the Maildir:\n%s\nwas\n%s", after, before)
	}
	im.Apply = true
	r := im.Mailbox(t.Context(), Job{Maildir: dir})
	if dry.Status == StatusReady {
		dry.Status = StatusImported
	}
	if dry.Kept != r.Kept || dry.New != r.New || dry.Again != r.Again || dry.Status != r.Status {
		t.Errorf("dry run %+v, import %+v", dry, r)
	}
	return r
}
