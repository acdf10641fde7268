package secrets

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestCreate(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pw")
	first, second := []Entry{{"bob", "secret"}}, []Entry{{"alice", "a"}, {"mrose", "tanstaaf"}}
	steps := []struct {
		name    string
		entries []Entry
		force   bool
		want    []Entry
		err     error
	}{
		{"new", first, false, first, nil},
		{"existing file", second, false, first, fs.ErrExist},
		{"existing file, with force", second, true, second, nil},
		{"without entries", nil, true, []Entry{}, nil},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			if err := Create(name, step.entries, step.force); !errors.Is(err, step.err) {
				t.Errorf("error %v", err)
			}
			if got, err := List(name); err != nil || !slices.Equal(got, step.want) {
				t.Errorf("the file contains %v, %v", got, err)
			}
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
		})
	}
}

// The new file may have the name that was configured in 0.8 for the DBM file. The DBM
// library added a suffix to it.
func TestCreateBesideDBM(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(name+".pag", []byte("\xcf\x9a\x57\x13"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Create(name, []Entry{{"bob", "secret"}}, false); err != nil {
		t.Fatal(err)
	}
	if password, ok, err := Lookup(name, "bob"); password != "secret" || !ok || err != nil {
		t.Errorf("%q, %v, %v", password, ok, err)
	}
}

func TestCreateInMissingDirectory(t *testing.T) {
	var write *WriteError
	if err := Create(filepath.Join(t.TempDir(), "none", "pw"), nil, false); !errors.As(err, &write) {
		t.Errorf("error %v", err)
	}
}
