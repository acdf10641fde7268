package tomlplace

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unquoted returns the error for a value that is text without quotes, if that
// is the reason for the library's error at offset; otherwise nil. Other formats
// have such values, and the library's message does not explain the mistake.
func unquoted(text string, offset int) *Error {
	path, start := lastValue(text[:min(max(offset, 0)+1, len(text))])
	if start < 0 {
		return nil
	}
	word := text[start:]
	if end := strings.IndexAny(word, endOfValue); end >= 0 {
		word = word[:end]
	}
	word = strings.TrimRight(word, " \t")
	if offset > start+len(word) || !IsUnquoted(word) {
		return nil
	}
	return &Error{Place: placeOf(text, start), Text: "not valid TOML: text needs quotes", Unquoted: path}
}

// lastValue returns the path and the offset of the last value that begins in
// text; the offset is -1 if there is none. An element of an array has the path
// of the array.
func lastValue(text string) (path []string, start int) {
	s := newScanner(text)
	s.scan()
	path = s.last.path
	for len(path) > 0 && path[len(path)-1] == arrayElement {
		path = path[:len(path)-1]
	}
	return path, s.last.start
}

// IsUnquoted reports whether a value is text without quotes: it is not empty, and
// not meant as a string, number, boolean, array or table of TOML.
func IsUnquoted(value string) bool {
	switch value {
	case "", "true", "false":
		return false
	}
	return !strings.Contains("\"'[{", value[:1]) && !isNumber(value)
}

// isNumber reports whether a word is meant as a number, even one that TOML
// rejects.
func isNumber(word string) bool {
	if first, _ := utf8.DecodeRuneInString(word); unicode.IsLetter(first) {
		return false // ParseFloat accepts Infinity.
	}
	word = strings.ReplaceAll(word, "_", "")
	_, notInt := strconv.ParseInt(word, 0, 64)
	_, notFloat := strconv.ParseFloat(word, 64)
	return !errors.Is(notInt, strconv.ErrSyntax) || !errors.Is(notFloat, strconv.ErrSyntax)
}
