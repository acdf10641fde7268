package uidlist

import (
	"errors"
	"fmt"
	"strings"
)

// DefaultFormat is Dovecot's default of pop3_uidl_format: the UID and the
// UIDVALIDITY in eight hexadecimal digits each.
const DefaultFormat = "%08Xu%08Xv"

// Format is a pop3_uidl_format of Dovecot. The zero value is the default.
type Format struct {
	text  string
	parts []part
}

// String returns the format as it was written, "" for the zero value.
func (f Format) String() string { return f.text }

// part is a piece of a format: a text, or a variable.
type part struct {
	text     string // without a variable
	variable byte   // u, v, f or g; 0 for a text
	change   []func(string) string
}

// variableOf returns the letter of a variable, 0 if there is none of that name.
func variableOf(name string) byte {
	switch name {
	case "uid", "u":
		return 'u'
	case "uidvalidity", "v":
		return 'v'
	case "filename", "f":
		return 'f'
	case "guid", "g":
		return 'g'
	case "md5", "m":
		return 'm'
	}
	return 0
}

// errMD5 is why a format with the MD5 of the header is refused.
var errMD5 = errors.New("the MD5 of a header (%m) exists for mbox only, not for Maildir")

// ParseFormat reads a pop3_uidl_format of Dovecot: with the variables %u %v %f %g
// of 2.3, widths and the modifiers L, U, X, M, R and T, or with those of 2.4 in
// braces and the filters hex, lower and upper. The error names what is not
// supported; a format without any variable is an error, as in Dovecot.
func ParseFormat(text string) (Format, error) {
	f := Format{text: text}
	wrong := func(reason error) (Format, error) {
		return Format{}, fmt.Errorf("pop3_uidl_format %q: %w", text, reason)
	}
	variables := 0
	for rest := text; rest != ""; {
		var p part
		var err error
		if p, rest, err = parsePart(rest); err != nil {
			return wrong(err)
		}
		if p.variable == 'm' {
			return wrong(errMD5)
		}
		if p.variable != 0 {
			variables++
		}
		f.parts = append(f.parts, p)
	}
	if variables == 0 {
		return wrong(errors.New("it has no variable"))
	}
	return f, nil
}

// parsePart cuts the first piece off a format.
func parsePart(rest string) (part, string, error) {
	at := strings.IndexByte(rest, '%')
	switch {
	case at < 0:
		return part{text: rest}, "", nil
	case at > 0:
		return part{text: rest[:at]}, rest[at:], nil
	case strings.HasPrefix(rest, "%%"):
		return part{text: "%"}, rest[2:], nil
	case strings.HasPrefix(rest, "%{"):
		if inside, after, found := strings.Cut(rest[2:], "}"); found && strings.Contains(inside, "|") {
			p, err := parseFilters(inside)
			return p, after, err
		}
	}
	return parseOld(rest[1:])
}
