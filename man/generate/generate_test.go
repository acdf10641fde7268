package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/config"
	"tpops/pkg/eventlog"
)

// The pages and catalogs in the source tree are current. After a change of a
// parameter, an event or a field, run "make man".
func TestCurrent(t *testing.T) {
	for _, l := range languages {
		name := filepath.Join("../..", l.catalog)
		if text := read(t, name); text != catalog(l) {
			t.Errorf("%s is not current: run make man", name)
		}
		for _, p := range parts {
			name := filepath.Join("..", l.folder, p.page)
			text := read(t, name)
			want, err := p.fill(text, l)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if want != text {
				t.Errorf("%s: the %s are not current: run make man", name, p.name)
			}
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// declared is a text in both languages, and the place of its declaration.
type declared struct{ where, english, japanese string }

func declarations() []declared {
	var all []declared
	for _, p := range config.Params() {
		all = append(all, declared{p.Name, p.Help, p.Japanese})
	}
	for k := range eventlog.Kinds() {
		all = append(all, declared{k.Event, k.Meaning.English, k.Meaning.Japanese})
	}
	for f := range eventlog.Fields() {
		all = append(all, declared{f.Key, f.Meaning.English, f.Meaning.Japanese})
	}
	for _, w := range japaneseWords {
		all = append(all, declared{w.english, w.english, w.japanese})
	}
	return all
}

// Every declaration has a text in both languages. A line of Japanese must fit in the
// page, because there are no spaces where it could be broken.
func TestDeclarations(t *testing.T) {
	const most = 62 // columns
	for _, d := range declarations() {
		if d.english == "" || d.japanese == "" {
			t.Errorf("%s: no text in English or Japanese", d.where)
		}
		for word := range strings.FieldsSeq(d.japanese) {
			if n := columns(word); n > most {
				t.Errorf("%s: %d columns without a break: %s", d.where, n, word)
			}
		}
	}
}

func TestFill(t *testing.T) {
	p := part{"x.8", "things", func(w *writer) { w.line(".Pp") }}
	l := languages[0]
	const begin, end = ".\\\" BEGIN things: written by man/generate\n", ".\\\" END things\n"
	tests := []struct{ name, page, want string }{
		{"empty", "a\n" + begin + end + "b\n", "a\n" + begin + ".Pp\n" + end + "b\n"},
		{"filled before", "a\n" + begin + "old\n\nolder\n" + end, "a\n" + begin + ".Pp\n" + end},
		{"no begin", "a\n" + end, ""},
		{"no end", "a\n" + begin, ""},
		{"another name", "a\n.\\\" BEGIN thing: written by man/generate\n.\\\" END thing\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := p.fill(tt.page, l)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestGenerate(t *testing.T) {
	dir := t.TempDir()
	page := ""
	for _, p := range parts {
		page += ".\\\" BEGIN " + p.name + ": written by man/generate\n.\\\" END " + p.name + "\n"
	}
	for _, name := range []string{"tpops-events.7", "tpops.toml.5", "ja/tpops-events.7", "ja/tpops.toml.5"} {
		name = filepath.Join(dir, "man", name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	catalogs := filepath.Join(dir, "systemd")
	if err := os.Mkdir(catalogs, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, l := range languages {
		if err := os.WriteFile(filepath.Join(dir, l.catalog), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := generate(dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"man/tpops-events.7":       ".It Sy \"login failed\"\nA login failed.",
		"systemd/tpops.catalog":    "\n-- 54d2d19b619442e798f4a7431dae157d\nSubject: @TPOPS_USER@ logged in\nDefined-By: TPOPS\nDocumentation: man:tpops-events(7)\n\n@TPOPS_USER@ logged in from",
		"systemd/tpops.ja.catalog": "Subject: @TPOPS_USER@ がログインしました\n",
		"man/tpops.toml.5":         ".It Cm maildir\\-lock\nLock the mailbox:",
		"man/ja/tpops-events.7":    ".It Sy \"login failed\"\nログインに失敗した。\n",
		"man/ja/tpops.toml.5":      ".It Cm maildir\\-lock\nメールボックスをロックする。\n",
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: no %q, %v", name, want, err)
		}
	}
}

func TestToJapanese(t *testing.T) {
	tests := []struct{ name, english, want string }{
		{"a word", "Value: path.", "値: パス。"},
		{"a list", "One of guesses, all.", "次のいずれか: guesses, all。"},
		{"a condition", "Not available with error-interval=0.", "error-interval=0 では使えない。"},
		{"a deprecation", "Deprecated since 1.2.0.", "1.2.0 から非推奨。"},
		{"a replacement", "Replaced by auth-type.", "代わりに auth-type を使う。"},
		{"no word of this program", "A database.", ""},
		{"a form with a sentence", "Requires luck and patience.", ""},
		{"a form without a stop", "Requires luck", ""},
		{"a form with nothing", "Requires .", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := toJapanese(tt.english)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestProtect(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"text", "a user-made file", "a user-made file"},
		{"parameter", "see maildir-lock, or mysql-passwd-file.", `see maildir\-lock, or mysql\-passwd\-file.`},
		{"no parameter", "my-maildir-locks", "my-maildir-locks"},
		{"request", ".so /etc/passwd", `\&.so /etc/passwd`},
		{"quote", "'tis", `\&'tis`},
		{"escape", `a\nb`, `a\enb`},
		{"function", "the system's crypt(); sha", `the system's crypt\&(); sha`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := protect(tt.line); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestBreakLines(t *testing.T) {
	long := strings.Repeat("word ", 20)
	got := strings.Split(breakLines("One sentence. W"+long+"end. e.g. this"), "\n")
	if len(got) != 3 || got[0] != "One sentence." || len(got[1]) > lineWidth || !strings.HasSuffix(got[2], "end. e.g. this") {
		t.Errorf("%q", got)
	}
}
