package config

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// bareWord tells a syntax error at offset that comes from text without quotes,
// and reports whether it is one. People know such values from other formats,
// and what the parser says of them helps nobody. The word may be a secret, so
// it is not repeated.
func (d *document) bareWord(offset int) bool {
	path, start := lastValue(d.text[:min(max(offset, 0)+1, len(d.text))])
	if start < 0 {
		return false
	}
	word := d.text[start:]
	if end := strings.IndexAny(word, bareEnd); end >= 0 {
		word = word[:end]
	}
	word = strings.TrimRight(word, " \t")
	if offset > start+len(word) || !isBareWord(word) {
		return false
	}
	name := joinName(path)
	if p, ok := d.byName[name]; ok {
		d.reject(setting{name: name, place: d.at(start)}, "must be %s", p.Kind.tomlType())
	} else {
		d.problem(d.at(start), "not valid TOML: text needs quotes")
	}
	return true
}

// lastValue returns the path and the offset of the last value that begins in a
// text, or -1. An element of an array has the path of the array.
func lastValue(text string) (path []string, start int) {
	s := newScanner(text)
	s.scan()
	path = s.last.path
	for len(path) > 0 && path[len(path)-1] == arrayElement {
		path = path[:len(path)-1]
	}
	return path, s.last.start
}

// isBareWord reports whether a value is text without quotes, neither empty nor
// meant as anything that TOML has.
func isBareWord(word string) bool {
	switch word {
	case "", "true", "false":
		return false
	}
	return !strings.Contains("\"'[{", word[:1]) && !isNumeral(word)
}

// isNumeral reports whether a word was meant as a number, even one that TOML
// does not take.
func isNumeral(word string) bool {
	if first, _ := utf8.DecodeRuneInString(word); unicode.IsLetter(first) {
		return false // Infinity
	}
	word = strings.ReplaceAll(word, "_", "")
	_, notInt := strconv.ParseInt(word, 0, 64)
	_, notFloat := strconv.ParseFloat(word, 64)
	return !errors.Is(notInt, strconv.ErrSyntax) || !errors.Is(notFloat, strconv.ErrSyntax)
}
