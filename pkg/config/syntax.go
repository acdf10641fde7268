package config

import (
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// leaky is where a message of the TOML parser begins to repeat the file, and
// perhaps a secret.
var leaky = regexp.MustCompile(`,? but (got|found) |: ['"]| ['"]\\| "|\d`)

// syntaxError notes what the TOML parser says.
func (d *document) syntaxError(err error) {
	var parse toml.ParseError
	if !errors.As(err, &parse) {
		d.problem(place{file: d.file}, "cannot be read as TOML")
		return
	}
	if d.bareWord(parse.Position.Start) {
		return
	}
	message := parse.Message
	if isKey := strings.HasPrefix(message, "Key '"); isKey {
		message = printable(message)
	} else if at := leaky.FindStringIndex(message); at != nil {
		message = strings.TrimSpace(message[:at[0]])
	}
	if message == "" {
		message = "number out of range"
	}
	d.problem(d.at(parse.Position.Start), "not valid TOML: %s", message)
}

// at returns the place of an offset in the text.
func (d *document) at(offset int) place {
	before := d.text[:min(max(offset, 0), len(d.text))]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return place{file: d.file, line: strings.Count(before, "\n") + 1, col: utf8.RuneCountInString(line) + 1}
}
