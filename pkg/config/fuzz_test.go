package config

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// What is accepted, written out and read again is the same; what is refused is
// told with a place that lies in the file.
func FuzzFile(f *testing.F) {
	f.Fuzz(func(t *testing.T, file string) {
		dir := t.TempDir()
		l := newLoader(sourceIn(t, dir, file+"\n"))
		err := l.load()
		checkProblems(t, err, file+"\n")
		if err != nil {
			return
		}
		var dump strings.Builder
		for name, s := range l.given {
			if p := l.byName[name]; !p.unset(s.text) {
				dump.WriteString(name + " = " + asTOML(t, p) + "\n")
			}
		}
		again, text, err := loadIn(t, dir, dump.String()+"\n")
		if err != nil {
			t.Fatalf("%s\n%s", dump.String(), text)
		}
		if changed := Changed(l.config, again); changed != nil {
			t.Errorf("%s\nchanges %v", dump.String(), changed)
		}
	})
}

// asTOML returns the value of p as the library would write it.
func asTOML(t *testing.T, p *Param) string {
	t.Helper()
	if p.Kind == KindCount {
		return p.value.text()
	}
	encoded, err := toml.Marshal(map[string]string{"k": p.value.text()})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(strings.TrimSpace(string(encoded)), "k = ")
}

func checkProblems(t *testing.T, err error, file string) {
	t.Helper()
	var problems Problems
	if err != nil && !errors.As(err, &problems) {
		t.Fatalf("%T: %v", err, err)
	}
	lines := strings.Split(strings.TrimPrefix(file, "\ufeff"), "\n")
	for _, p := range problems {
		if p.Option != "" || p.Line < 1 || p.Line > len(lines) || p.Col < 1 || p.Col > utf8.RuneCountInString(lines[p.Line-1])+1 {
			t.Errorf("place outside of %q: %v", file, p)
		}
		if strings.ContainsFunc(p.Text, func(r rune) bool { return !strconv.IsPrint(r) }) || !utf8.ValidString(p.Text) {
			t.Errorf("not printable: %q", p.Text)
		}
	}
}

// The scanner finds the place of each key that the library finds, and there
// the text spells the key.
func FuzzScan(f *testing.F) {
	f.Fuzz(func(t *testing.T, file string) {
		places, deep := scanKeys(file)
		if deep >= 0 {
			return
		}
		var tree map[string]any
		meta, err := toml.Decode(file, &tree)
		if err != nil || strings.HasPrefix(file, "\ufeff") {
			return
		}
		for _, key := range meta.Keys() {
			place, ok := places[pathKey(key)]
			if !ok && !inArray(tree, key) {
				t.Errorf("%q: no place for %q", file, key)
			}
			if last := key[len(key)-1]; ok && isBare(key) && !strings.Contains(file, `\`) && !strings.Contains(file[place.key:], last) {
				t.Errorf("%q: %q is not at %d", file, key, place.key)
			}
			if place.key < 0 || place.key > place.start || place.start > len(file) {
				t.Errorf("%q: %q is at %v", file, key, place)
			}
		}
	})
}

// inArray reports whether key is inside an array, whose keys have no place.
func inArray(tree map[string]any, key []string) bool {
	var v any = tree
	for _, part := range key {
		table, ok := v.(map[string]any)
		if !ok {
			return true
		}
		v = table[part]
	}
	return false
}

func isBare(key []string) bool {
	const bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	return strings.Trim(strings.Join(key, ""), bare) == ""
}

// What is accepted can be written as --name=value and is the same again. Words
// are separated by line ends.
func FuzzArgs(f *testing.F) {
	f.Fuzz(func(t *testing.T, line string) {
		source := Source{
			Args: strings.Split(line, "\n"), Hostname: "mail.example.org",
			DefaultFile: filepath.Join(t.TempDir(), "none"),
		}
		l := newLoader(source)
		if err := l.load(); err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 || problems[0].Option == "" && problems[0].File == "" {
				t.Errorf("%q: %v", source.Args, err)
			}
			return
		}
		if l.config.Run.Help != "no" || l.config.Run.Version || l.config.Run.SampleConfig {
			return
		}
		source.Args = nil
		for name, s := range l.given {
			if p := l.byName[name]; p.unset(s.text) {
				source.Args = append(source.Args, "--"+name+"="+p.Default)
			} else {
				source.Args = append(source.Args, "--"+name+"="+p.value.text())
			}
		}
		again, err := Load(source)
		if err != nil {
			t.Fatalf("%q: %v", source.Args, err)
		}
		if changed := Changed(l.config, again); changed != nil {
			t.Errorf("%q changes %v", source.Args, changed)
		}
	})
}
