package tomlplace

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	for _, test := range []struct {
		name, text, path string // spaces separate the parts of the path; _ is a space
		key, value       Place
	}{
		{"first line", "port = 1", "port", Place{1, 1}, Place{1, 8}},
		{"byte order mark", "\ufeffport = 1", "port", Place{1, 1}, Place{1, 8}},
		{"indented", "\n \tport=1", "port", Place{2, 3}, Place{2, 8}},
		{"after wide characters", "a = 'äöü' # ü\nb = {'ü' = 1}", "b ü", Place{2, 6}, Place{2, 12}},
		{"wide characters before it", "b = {'ü' = 'ü', c = 1}", "b c", Place{1, 17}, Place{1, 21}},
		{"Windows line ends", "a = 1\r\nb = 2\r\n", "b", Place{2, 1}, Place{2, 5}},
		{"header", "a = 1\n [ t ]\n", "t", Place{2, 2}, Place{2, 2}},
		{"key in a table", "[t]\na = 1", "t a", Place{2, 1}, Place{2, 5}},
		{"dotted key", "t . a = 1", "t a", Place{1, 1}, Place{1, 9}},
		{"table of a dotted key", "t.a = 1", "t", Place{1, 1}, Place{1, 7}},
		{"table of a header", "\n[t.u]\na = 1", "t", Place{2, 1}, Place{2, 1}},
		{"the first place stays", "[t.u]\na = 1\n[t]\nb = 1", "t", Place{1, 1}, Place{1, 1}},
		{"quoted key", `"a b" = 1`, "a_b", Place{1, 1}, Place{1, 9}},
		{"quoted key with escapes", `"a\u0062" = 1`, "ab", Place{1, 1}, Place{1, 13}},
		{"quoted key with an escaped NUL", "\"a\\u0000b\" = 1\na.b = 1", "a b", Place{2, 1}, Place{2, 7}},
		{"inline tables", "a = {b = {c = 1}, d = 2}", "a d", Place{1, 19}, Place{1, 23}},
		{"after strings of all kinds", "a = '#[x]'\nb = \"\\\"#\"\nc = '''\n'b=1''''\nd = \"\"\"\\\"\"\"\\\"\"\"\"\ne = 1", "e", Place{6, 1}, Place{6, 5}},
		{"after an array", "a = [ # ]\n '[', {b = 1},\n]\nb = 1", "b", Place{4, 1}, Place{4, 5}},
		{"after a comment", "#a = 1\na = 2", "a", Place{2, 1}, Place{2, 5}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := Read(test.text)
			if err != nil {
				t.Fatal(err)
			}
			path := strings.Fields(test.path)
			for i := range path {
				path[i] = strings.ReplaceAll(path[i], "_", " ")
			}
			got, ok := d.Find(path)
			if want := (KeyPlace{test.key, test.value}); !ok || got != want {
				t.Errorf("%v, %v, want %v", got, ok, want)
			}
			if got.IsHeader() != (test.key == test.value) {
				t.Error("IsHeader is wrong")
			}
		})
	}
}

func TestFindUnknown(t *testing.T) {
	d, err := Read("a = [{b = 1}]\n[t]\nc = 1")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range [][]string{nil, {"x"}, {"a", "b"}, {"t", "c", "d"}, {"c"}, {"t", "a"}} {
		if at, ok := d.Find(path); ok {
			t.Errorf("%q is at %v", path, at)
		}
	}
}

func TestReadErrors(t *testing.T) {
	const (
		tooDeep     = "nested too deeply: a value may be inside at most 32 brackets"
		tooManyDots = "nested too deeply: a key has at most 32 parts"
		tooLong     = "key too long: with its tables it has at most 1000 octets"
		notUTF8     = "not UTF-8: save the file as UTF-8"
		afterValue  = "not valid TOML: expected a top-level item to end with a newline, comment, or end of file"
	)
	long := strings.Repeat("k", maxPath)
	for _, test := range []struct {
		name, text string
		place      Place
		want       string
	}{
		{"not UTF-8", "a = 1\nü\xff", Place{2, 2}, notUTF8},
		{"UTF-16", "\xff\xfea\x00", Place{1, 1}, notUTF8},
		{"brackets", "a = " + strings.Repeat("[", 100_000), Place{1, 38}, tooDeep},
		{"braces", strings.Repeat("a={", 100_000), Place{1, 97}, tooManyDots},
		{"parts of a key", "a" + strings.Repeat(".a", 100_000) + " = 1", Place{1, 65}, tooManyDots},
		{"parts of a header", "\n[a" + strings.Repeat(".a", 100_000) + "]", Place{2, 66}, tooManyDots},
		{"long key", "a = 1\n" + long + "k = 1", Place{2, 1}, tooLong},
		{"long quoted key", "'" + long + "k' = 1", Place{1, 1}, tooLong},
		{"long header", "[" + long + "k]\n", Place{1, 2}, tooLong},
		{"long key with its table", "[" + long + "]\nk = 1", Place{2, 1}, tooLong},
		{"long key in an inline table", "a = {" + long + " = 1}", Place{1, 6}, tooLong},
		{"quote without its end", "a = 1\n'b = 1" + strings.Repeat("\n#", maxPath), Place{2, 7}, "not valid TOML: strings cannot contain newlines"},
		{"byte order mark", "\ufeffa =\n", Place{1, 4}, "not valid TOML: expected value"},
		{"two byte order marks", "\ufeff\ufeffa = 1\n", Place{1, 1}, "more than one byte order mark: save the file without one"},
		{"end inside a character", "'\U000c30c3", Place{1, 2}, "not valid TOML: unexpected end of file"},
		{"wide character without quotes", "\nüü 1", Place{2, 1}, "not valid TOML: expected '.' or '='"},
		{"after wide characters", "a = 'ü' x", Place{1, 8}, afterValue},
		{"a secret after a value", "a = 'x' s3cret", Place{1, 8}, afterValue},
		{"number out of range", "a = 99999999999999999999", Place{1, 5}, "not valid TOML: number out of range"},
		{"twice, with a long name", strings.Repeat("k", 300) + "=1\n" + strings.Repeat("k", 300) + "=1", Place{2, 1},
			"not valid TOML: Key '" + strings.Repeat("k", maxMessage-len("Key '")) + "…"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read(test.text)
			var wrong *Error
			if !errors.As(err, &wrong) {
				t.Fatalf("%v", err)
			}
			if wrong.Place != test.place || wrong.Error() != test.want || wrong.Unquoted != nil {
				t.Errorf("%v %v (%q), want %v %v", wrong.Place, wrong, wrong.Unquoted, test.place, test.want)
			}
		})
	}
	for _, text := range []string{long + " = 1", "[a]\n" + long[1:] + " = 1", "a = 1\n# " + long + long, "a = '" + long + long + "'"} {
		if _, err := Read(text); err != nil {
			t.Errorf("%.20q…: %v", text, err)
		}
	}
}

// Text without quotes is reported with the key that it was meant for.
func TestReadUnquoted(t *testing.T) {
	for _, test := range []struct {
		name, text, path string
		place            Place
	}{
		{"word", "a = yes", "a", Place{1, 5}},
		{"two words", "a = true false # x", "a", Place{1, 5}},
		{"path", "b = 1\na =\t/var/log", "a", Place{2, 5}},
		{"in a table", "[t.u]\r\na =  off\r\n", "t u a", Place{2, 6}},
		{"in an inline table", "a = {b.c = true, d = no}", "a d", Place{1, 22}},
		{"in an array", "a = ['x', yes]", "a", Place{1, 11}},
		{"in an array in an array", "a = [['x'], [yes]]", "a", Place{1, 14}},
		{"leading digits", "a = 12s3cret", "a", Place{1, 5}},
		{"after a byte order mark", "\ufeffa = yes", "a", Place{1, 5}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read(test.text)
			var wrong *Error
			if !errors.As(err, &wrong) {
				t.Fatalf("%v", err)
			}
			if wrong.Place != test.place || !slices.Equal(wrong.Unquoted, strings.Fields(test.path)) {
				t.Errorf("%v %q: %v", wrong.Place, wrong.Unquoted, wrong)
			}
			if strings.Contains(wrong.Text, "yes") || strings.Contains(wrong.Text, "s3cret") {
				t.Errorf("the text repeats the value: %s", wrong.Text)
			}
		})
	}
}

func TestIsUnquoted(t *testing.T) {
	for _, value := range []string{"yes", "True", "/var/log", "*", "inf.x", "Infinity", "select a", "a=b", "ü"} {
		if !IsUnquoted(value) {
			t.Errorf("%q is text without quotes", value)
		}
	}
	for _, value := range []string{"", "true", "false", "1", "-1", "+1.5", "0x1F", "1_000", "1e5", "99999999999999999999", `"a`, "'a", "[a", "{a"} {
		if IsUnquoted(value) {
			t.Errorf("%q is not text without quotes", value)
		}
	}
}
