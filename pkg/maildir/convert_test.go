package maildir

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// uidlsOf returns what a file says, without the order.
func uidlsOf(g *givenUIDLs) map[string]string {
	all := map[string]string{}
	for name, line := range g.byName {
		all[name] = line.uidl
	}
	return all
}

func TestParseUIDLs(t *testing.T) {
	tests := []struct {
		name, text string
		want       map[string]string
		unused     int
	}{
		{"empty", "", map[string]string{}, 0},
		{"two", "1.a\tu1\n2.b\tu2\n", map[string]string{"1.a": "u1", "2.b": "u2"}, 0},
		{"no line end", "1.a\tu1", map[string]string{"1.a": "u1"}, 0},
		{"CRLF", "1.a\tu1\r\n2.b\tu2\r\n", map[string]string{"1.a": "u1", "2.b": "u2"}, 0},
		{"flags do not count", "1.a:2,S\tu1\n", map[string]string{"1.a": "u1"}, 0},
		{"spaces in the name", "1 a\tu1\n", map[string]string{"1 a": "u1"}, 0},
		{"illegal UIDLs", "1.a\tu 1\n2.b\t\n3.c\t" + strings.Repeat("x", 71) + "\n4.d\tu\tv\n", map[string]string{}, 4},
		{"not in the form", "1.a\n\tu1\n\n:2,S\tu2\n", map[string]string{}, 4},
		{"one UIDL for two", "1.a\tu1\n2.b\tu1\n", map[string]string{"1.a": "u1"}, 1},
		{"one message twice", "1.a\tu1\n1.a\tu2\n", map[string]string{"1.a": "u2"}, 0},
		{"a UIDL that was given away", "1.a\tu1\n1.a\tu2\n2.b\tu1\n", map[string]string{"1.a": "u2"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, unused, err := parseUIDLs(tt.text, 100)
			if err != nil || unused != tt.unused || !maps.Equal(uidlsOf(got), tt.want) {
				t.Errorf("%v, %d unused, %v; want %v, %d", got.byName, unused, err, tt.want, tt.unused)
			}
		})
	}
	if _, _, err := parseUIDLs("1.a\tu1\n2.b\tu2\n", 1); !errors.Is(err, pop3.ErrPermanent) {
		t.Errorf("too many lines: %v", err)
	}
}

func TestConvert(t *testing.T) {
	const files = "cur/1.a:2,S new/2.b cur/3.c"
	tests := []struct {
		name, text string
		off        bool
		want       []string
	}{
		{"given", "1.a\tu1\n3.c\tu3\n", false, []string{"u1", "2.b", "u3"}},
		{"switched off", "1.a\tu1\n", true, []string{"1.a", "2.b", "3.c"}},
		{"one that is another's name", "1.a\t2.b\n", false, []string{"2.b", sum("2.b"), "3.c"}},
		{"two change names", "1.a\t2.b\n2.b\t1.a\n", false, []string{"2.b", "1.a", "3.c"}},
		{"one of a message that is gone", "9.x\t2.b\n", false, []string{"1.a", sum("2.b"), "3.c"}},
		{"a digest is given away", "1.a\t2.b\n3.c\t" + sum("2.b"), false, []string{"2.b", sum("2.b\x001"), sum("2.b")}},
		{"nothing of use", "1.a\tnot legal\n", false, []string{"1.a", "2.b", "3.c"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t, strings.Fields(files)...)
			deliver(t, dir, "tpops_uidl", tt.text)
			log, text := logger()
			m := open(t, dir, Options{UIDLConvert: !tt.off, Log: log})
			wantUIDLs(t, m, tt.want...)
			if logged := strings.Contains(text.String(), "lines=1"); logged != strings.Contains(tt.text, "not legal") {
				t.Errorf("log: %q", text)
			}
		})
	}
	wantUIDLs(t, open(t, newMaildir(t, "cur/1.a"), Options{UIDLConvert: true}), "1.a")
}

// A file that is being written is read when it is whole.
func TestConvertWritten(t *testing.T) {
	const part, whole = "1.a\told-1\n2.b\tol", "1.a\told-1\n2.b\told-2\n"
	for name, finish := range map[string]func(t *testing.T, dir string){
		"on":  func(t *testing.T, dir string) { deliver(t, dir, uidlFile, whole) },
		"new": func(t *testing.T, dir string) { deliver(t, dir, "tmp/x", whole); rename(t, dir, "tmp/x", uidlFile) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := newMaildir(t, "cur/1.a", "cur/2.b")
			m := open(t, dir, Options{UIDLConvert: true})
			deliver(t, dir, uidlFile, part)
			calls := 0
			given, err := m.reader.givenUIDLs(pacer{t.Context(), func() {
				if calls++; calls == 5 {
					finish(t, dir)
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			if line := given.byName["2.b"]; line.uidl != "old-2" || calls < 5 {
				t.Errorf("UIDL %q after %d reads", line.uidl, calls)
			}
		})
	}
}

// A file that cannot be used is an error: other UIDLs than yesterday's would
// make every client fetch everything again.
func TestConvertUnusable(t *testing.T) {
	tests := []struct {
		name string
		make func(path string) error
	}{
		{"link", func(path string) error { return os.Symlink("cur/1.a", path) }},
		{"dangling link", func(path string) error { return os.Symlink("nowhere", path) }},
		{"directory", func(path string) error { return os.Mkdir(path, 0o755) }},
		{"FIFO", func(path string) error { return unix.Mkfifo(path, 0o600) }},
		{"too large", func(path string) error {
			return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, maxUIDLFile+1))
		}},
		{"unreadable", func(path string) error { return os.WriteFile(path, nil, 0) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t, "cur/1.a")
			if err := tt.make(filepath.Join(dir, "tpops_uidl")); err != nil {
				t.Fatal(err)
			}
			owner := someUser(t, dir)
			checkOpenFiles(t, func() {
				if _, err := openKnown(t.Context(), owner, dir, Options{UIDLConvert: true}); !errors.Is(err, pop3.ErrPermanent) {
					t.Errorf("Open() = %v, want ErrPermanent", err)
				}
			})
		})
	}
}

// An error that passes, such as want of descriptors, is not one for good.
func TestConvertPassing(t *testing.T) {
	r := reader{store: &store{dir: -1}}
	if text, err := r.readUIDLs(t.Context()); err == nil || errors.Is(err, errNoUIDLs) || errors.Is(err, pop3.ErrPermanent) {
		t.Errorf("readUIDLs() = %q, %v", text, err)
	}
}

func FuzzParseUIDLs(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		given, unused, err := parseUIDLs(text, 1000)
		if err != nil {
			return
		}
		seen := map[string]string{}
		for unique, uidl := range uidlsOf(given) {
			if other, double := seen[uidl]; double || !isUIDL(uidl) || unique == "" || strings.Contains(unique, ":") {
				t.Errorf("%q has the UIDL %q, %q too", unique, uidl, other)
			}
			seen[uidl] = unique
			if !given.has(uidl) {
				t.Errorf("%q is free", uidl)
			}
			if !strings.Contains(text, fmt.Sprintf("\t%s", uidl)) {
				t.Errorf("%q is not in the file", uidl)
			}
		}
		if lines := strings.Count(text, "\n") + 1; unused+len(given.byName) > lines {
			t.Errorf("%d and %d of %d lines", unused, len(given.byName), lines)
		}
	})
}
