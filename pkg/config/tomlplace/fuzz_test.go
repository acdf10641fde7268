package tomlplace

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// FuzzRead finds a place for each key that the library finds, outside of arrays,
// and the text at that place spells the key. An error has a place in the text.
func FuzzRead(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Read(text)
		text = strings.TrimPrefix(text, "\ufeff")
		if err != nil {
			checkError(t, text, err)
			return
		}
		var tree map[string]any
		meta, err := toml.Decode(text, &tree)
		if err != nil {
			t.Fatalf("%q: accepted, but the library reports %v", text, err)
		}
		for _, key := range meta.Keys() {
			at, ok := d.Find(key)
			if ok {
				checkKey(t, text, key, at)
			} else if !isInArray(tree, key) {
				t.Errorf("%q: no place for %q", text, key)
			}
		}
	})
}

func checkError(t *testing.T, text string, err error) {
	t.Helper()
	var wrong *Error
	if !errors.As(err, &wrong) {
		t.Fatalf("%T: %v", err, err)
	}
	if _, ok := rest(text, wrong.Place); !ok {
		t.Errorf("%q: place %v outside of the text: %v", text, wrong.Place, err)
	}
	if wrong.Text == "" || strings.ContainsFunc(wrong.Text, func(r rune) bool { return !strconv.IsPrint(r) }) || !utf8.ValidString(wrong.Text) {
		t.Errorf("%q: not a printable text: %q", text, wrong.Text)
	}
}

func checkKey(t *testing.T, text string, key []string, at KeyPlace) {
	t.Helper()
	after, ok := rest(text, at.Key)
	if _, okValue := rest(text, at.Value); !ok || !okValue || at.Key.Compare(at.Value) > 0 {
		t.Fatalf("%q: %q is at %v", text, key, at)
	}
	if last := key[len(key)-1]; isBare(key) && !strings.Contains(text, `\`) && !strings.Contains(after, last) {
		t.Errorf("%q: %q is not at %v", text, key, at)
	}
}

// rest returns the text from a place on; ok is false if the place is outside.
func rest(text string, p Place) (after string, ok bool) {
	lines := strings.SplitAfter(text, "\n")
	if p.Line < 1 || p.Line > len(lines) {
		return "", false
	}
	line := []rune(lines[p.Line-1])
	if p.Col < 1 || p.Col > len(line)+1 {
		return "", false
	}
	return string(line[p.Col-1:]) + strings.Join(lines[p.Line:], ""), true
}

// isInArray reports whether key is inside an array: such keys have no place.
func isInArray(tree map[string]any, key []string) bool {
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
