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

// FuzzFile writes out what was accepted and reads it again: nothing changes. Of
// what is rejected, each problem has a place in the file.
func FuzzFile(f *testing.F) {
	dir := f.TempDir() // One directory for each input would take most of the time.
	f.Fuzz(func(t *testing.T, file string) {
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
	if p.Kind == kindCount {
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

// FuzzArgs writes out what was accepted as --name=value and reads it again:
// nothing changes. Line ends separate the words.
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
