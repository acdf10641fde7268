package tomlplace

import (
	"errors"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// Error is why and where a text cannot be read as TOML.
type Error struct {
	Place
	// Text is what is wrong, in one line. It contains names of keys, but no
	// values: a value may be a secret.
	Text string
	// Unquoted is the path of the key whose value is text without quotes, if that
	// is what is wrong. For an element of an array it is the path of the array.
	Unquoted []string
}

// Error returns Text.
func (e *Error) Error() string { return e.Text }

// leaky is where a message of the library begins to repeat the text, and
// perhaps a secret. It is compiled when it is needed: most processes read no file.
var leaky = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`,? but (got|found) |: ['"]| ['"]\\| "|\d`)
})

// syntaxError turns an error of the library into ours.
func syntaxError(text string, err error) *Error {
	var parse toml.ParseError
	if !errors.As(err, &parse) {
		return &Error{Place: Place{1, 1}, Text: "not valid TOML"}
	}
	if e := unquoted(text, parse.Position.Start); e != nil {
		return e
	}
	return &Error{Place: placeOf(text, parse.Position.Start), Text: "not valid TOML: " + withoutValue(parse.Message)}
}

// withoutValue returns a message of the library without what it repeats of a
// value.
func withoutValue(message string) string {
	if strings.HasPrefix(message, "Key '") {
		return printable(message)
	}
	if at := leaky().FindStringIndex(message); at != nil {
		message = strings.TrimSpace(message[:at[0]])
	}
	message = strings.TrimSuffix(message, "; expected")
	if message == "" {
		return "number out of range"
	}
	return strings.ReplaceAll(message, "EOF", "end of file")
}

// maxMessage bounds what a message repeats of a key, in octets.
const maxMessage = 200

// printable returns s as one line of readable length.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
	if len(s) > maxMessage {
		return strings.ToValidUTF8(s[:maxMessage], "") + "…"
	}
	return s
}
