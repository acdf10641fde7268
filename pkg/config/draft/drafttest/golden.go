// Package drafttest compares what converters make with golden files.
package drafttest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tpops/pkg/config/draft"
)

// Convert is a converter.
type Convert func(inputs []draft.Input, check func(query string) error) (*draft.Draft, error)

// Golden runs convert for each folder of testdata, with the files of that folder as
// inputs. The report and the new file must be those in testdata/FOLDER.want. With
// update they are written instead. first is the name of the first input.
func Golden(t *testing.T, convert Convert, check func(query string) error, first string, update bool) {
	t.Helper()
	folders, err := filepath.Glob("testdata/*.want")
	if update || err != nil {
		folders, err = filepath.Glob("testdata/*")
	}
	if err != nil || len(folders) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	for _, folder := range folders {
		name, isWant := strings.CutSuffix(folder, ".want")
		if update && isWant {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) { one(t, convert, check, name, first, update) })
	}
}

// one converts the files of a folder.
func one(t *testing.T, convert Convert, check func(query string) error, folder, first string, update bool) {
	made, err := convert(inputs(t, folder, first), check)
	if err != nil {
		t.Fatal(err)
	}
	result, err := made.Finish("pop.example.org")
	if err != nil {
		t.Fatal(err)
	}
	compare(t, folder+".want/report", report(result), update)
	text := string(result.TOML)
	if result.Stop != "" {
		text = ""
	} else if problems, err := draft.Problems(text, "pop.example.org"); err != nil || len(problems) > 0 {
		t.Errorf("the server rejects the file: %v, %v", problems, err)
	}
	compare(t, folder+".want/tpops.toml", text, update)
}

// inputs returns the files of a folder; the one with the name first comes first.
func inputs(t *testing.T, folder, first string) []draft.Input {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all []draft.Input
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		input := draft.Input{Name: entry.Name(), Text: string(text)}
		if entry.Name() == first {
			all = append([]draft.Input{input}, all...)
		} else {
			all = append(all, input)
		}
	}
	return all
}

// report returns the report as text.
func report(r *draft.Result) string {
	text := draft.Report(r.Notes) + "not POP3's: " + r.Others + "\n"
	if r.Stop != "" {
		text += "stop: " + r.Stop + "\n"
	}
	return text
}

// compare compares text with a file, or writes it. An empty text is no file.
func compare(t *testing.T, name, text string, update bool) {
	t.Helper()
	if update {
		if err := write(name, text); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func write(name, text string) error {
	if text == "" {
		if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o644)
}
