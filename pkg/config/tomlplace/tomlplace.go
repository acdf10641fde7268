// Package tomlplace reads a TOML document and finds the line and the column of
// its keys and of a syntax error.
//
// The TOML library parses the document. It returns the order of the keys but
// not their places, and of a syntax error an offset, a column in octets, and a
// message that may repeat a secret. A scanner finds the rest.
package tomlplace

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// Place is a place in a text. Line and Col begin with 1; Col counts characters.
// A byte order mark at the beginning of the text does not count.
type Place struct{ Line, Col int }

// Compare returns -1, 0 or 1 if p is before, at or after other.
func (p Place) Compare(other Place) int {
	return cmp.Or(cmp.Compare(p.Line, other.Line), cmp.Compare(p.Col, other.Col))
}

// KeyPlace is where a key and its value begin. The header of a table begins with its
// bracket and has no value: both places are the same.
type KeyPlace struct{ Key, Value Place }

// IsHeader reports whether the key is the header of a table.
func (k KeyPlace) IsHeader() bool { return k.Key == k.Value }

// Document is a text that has been parsed.
type Document struct {
	Tree map[string]any // the content, as toml.Decode returns it
	keys *node
}

// Read parses text. Its error is always an *Error.
func Read(text string) (*Document, error) {
	const mark = "\ufeff"
	// The library skips one too. It would skip another one that is left, and the scanner would not.
	if text = strings.TrimPrefix(text, mark); strings.HasPrefix(text, mark) {
		return nil, &Error{Place: Place{1, 1}, Text: "more than one byte order mark: save the file without one"}
	}
	if offset := firstInvalid(text); offset >= 0 {
		return nil, &Error{Place: placeOf(text, offset), Text: "not UTF-8: save the file as UTF-8"}
	}
	// The scanner comes first: it rejects what would cost the library too much.
	s := newScanner(text)
	s.scan()
	if s.problem != nil {
		return nil, &Error{Place: placeOf(text, s.problem.offset), Text: s.problem.text}
	}
	d := &Document{keys: s.keys}
	if _, err := toml.Decode(text, &d.Tree); err != nil {
		return nil, syntaxError(text, err)
	}
	return d, nil
}

// Find returns where a key is: path has the names of its tables and then its
// own. A key that is set in several places has the first. Keys inside arrays,
// and those that the document does not contain, are not found.
func (d *Document) Find(path []string) (key KeyPlace, ok bool) {
	n := d.keys
	for _, name := range path {
		if n = n.below[name]; n == nil {
			return KeyPlace{}, false
		}
	}
	return n.place, n != d.keys
}

// firstInvalid returns the offset of the first octet that is not UTF-8, or -1.
func firstInvalid(text string) int {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}

// placeOf returns the place of an offset in text. The library may return an offset
// outside of the text, which is moved into it, or inside a character.
func placeOf(text string, offset int) Place {
	offset = min(max(offset, 0), len(text))
	for offset < len(text) && offset > 0 && !utf8.RuneStart(text[offset]) {
		offset--
	}
	c := counter{text: text, place: Place{1, 1}}
	return c.advance(offset)
}

// counter counts lines and columns. It goes forward only, so that all places of
// a text together cost one pass.
type counter struct {
	text  string
	pos   int
	place Place
}

// advance returns the place of offset, which is at or after the last one.
func (c *counter) advance(offset int) Place {
	passed := c.text[c.pos:offset]
	c.pos = offset
	if n := strings.Count(passed, "\n"); n > 0 {
		c.place = Place{c.place.Line + n, 1}
		passed = passed[strings.LastIndexByte(passed, '\n')+1:]
	}
	c.place.Col += utf8.RuneCountInString(passed)
	return c.place
}
