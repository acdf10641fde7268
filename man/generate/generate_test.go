package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/config"
	"tpops/pkg/eventlog"
)

// The pages in the source tree are those that this program makes. After a
// change of a parameter, an event or a field run go run ./man/generate; for the
// page in Japanese translate it first, in the table of the test's error.
func TestPages(t *testing.T) {
	for _, l := range languages {
		for _, p := range parts {
			name := filepath.Join("..", l.folder, p.page)
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want, err := p.fill(string(text), l)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if want != string(text) {
				t.Errorf("%s: the %s are not those of the program: go run ./man/generate", name, p.name)
			}
		}
	}
}

// englishTexts returns all that is translated for the tables.
func englishTexts() []string {
	var texts []string
	for _, p := range config.Params() {
		texts = append(texts, p.Sentences()[0])
	}
	for k := range eventlog.Kinds() {
		texts = append(texts, k.Meaning)
	}
	for f := range eventlog.Fields() {
		texts = append(texts, sentence(f.Meaning))
	}
	return texts
}

// A translation whose English text is no more in the program is either of no
// use, or of another text than the reader of the English page reads.
func TestTranslationsAreUsed(t *testing.T) {
	texts := englishTexts()
	seen := map[string]bool{}
	for _, table := range japaneseTables {
		for _, row := range table {
			if seen[row.english] || row.japanese == "" {
				t.Errorf("%q: twice, or not translated", row.english)
			}
			seen[row.english] = true
		}
	}
	for _, table := range [][]japanese{japaneseParameters, japaneseKinds, japaneseFields} {
		for _, row := range table {
			if !slices.Contains(texts, row.english) {
				t.Errorf("%q: not in the program any more", row.english)
			}
		}
	}
}

// A line that is too long for a page cannot be broken: there are no blanks
// between the words of Japanese.
func TestTranslationsFit(t *testing.T) {
	const most = 62 // columns
	for _, table := range japaneseTables {
		for _, row := range table {
			for word := range strings.FieldsSeq(row.japanese) {
				if n := columns(word); n > most {
					t.Errorf("%d columns without a break: %s", n, word)
				}
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
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := generate(dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"tpops-events.7":    ".It Sy \"login failed\"\nA login was refused:",
		"tpops.toml.5":      ".It Cm maildir\\-lock\nLock the mailbox:",
		"ja/tpops-events.7": ".It Sy \"login failed\"\nログインを拒否した。\n",
		"ja/tpops.toml.5":   ".It Cm maildir\\-lock\nメールボックスをロックする。\n",
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: no %q, %v", name, want, err)
		}
	}
}

func TestToJapanese(t *testing.T) {
	tests := []struct{ name, english, want string }{
		{"a row", "Database.", "データベース。"},
		{"a list", "One of guesses, all.", "次のいずれか: guesses, all。"},
		{"a condition", "Not with error-interval=0.", "error-interval=0 のときは使えない。"},
		{"changed", "A database.", ""},
		{"a form with a sentence", "Only with luck and patience.", ""},
		{"a form without a stop", "Only with luck", ""},
		{"a form with nothing", "Only with .", ""},
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
