package doveconf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/config/draft"
)

// FuzzConvert converts any text: the server accepts every file that may be written,
// and the report has one line for each note and no password.
func FuzzConvert(f *testing.F) {
	names, err := filepath.Glob("testdata/*/doveconf")
	if err != nil || len(names) < 20 {
		f.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		ext, err := filepath.Glob(filepath.Join(filepath.Dir(name), "dovecot-*"))
		if err != nil {
			f.Fatal(err)
		}
		more := ""
		if len(ext) == 1 {
			data, err := os.ReadFile(ext[0])
			if err != nil {
				f.Fatal(err)
			}
			more = string(data)
		}
		f.Add(string(text), more)
	}
	f.Fuzz(func(t *testing.T, text, more string) {
		made, err := Convert([]draft.Input{{Name: "in", Text: text}, {Name: "more", Text: more}}, usable)
		if err != nil {
			return
		}
		result, err := made.Finish("pop.example.org")
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range result.Notes {
			if strings.ContainsAny(n.String(), "\n\r\x00\x1b") {
				t.Errorf("%q", n)
			}
		}
		if result.Stop != "" || result.Needed > 0 {
			return
		}
		if problems, err := draft.Problems(string(result.TOML), "pop.example.org"); err != nil || len(problems) > 0 {
			t.Errorf("%v, %v\n%s", problems, err, result.TOML)
		}
	})
}
