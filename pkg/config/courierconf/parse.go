package courierconf

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"tpops/pkg/config/draft"
)

// setting is a setting of a file.
type setting struct {
	name, value string
	at          draft.Place
}

// settings are the settings of a file, by name. Of several with one name the last
// counts.
type settings map[string]setting

// assignment is a line of a shell script.
var assignment = regexp.MustCompile(`^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$`)

// parseShell reads a script with assignments. Other lines are reported.
func parseShell(d *draft.Draft, name, text string) settings {
	all := settings{}
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		line = strings.TrimSpace(line)
		at := draft.Place{File: name, Line: number}
		if line == "" || line[0] == '#' {
			continue
		}
		found := assignment.FindStringSubmatch(line)
		if found == nil {
			d.Refuse(at, "", "the line is no assignment, and no shell runs here: %.60q", line)
			continue
		}
		value, err := all.word(found[2])
		if err != nil {
			d.Refuse(at, found[1], "%v", err)
			continue
		}
		all[found[1]] = setting{found[1], value, at}
	}
	return all
}

// word reads a word of the shell: with quotes, and variables of the same file.
func (all settings) word(text string) (string, error) {
	var b strings.Builder
	for text != "" {
		if c := text[0]; c == ' ' || c == '\t' || c == ';' {
			if rest := strings.TrimLeft(text, "; \t"); rest != "" && rest[0] != '#' {
				return "", fmt.Errorf("there is more than an assignment: %.60q", rest)
			}
			break
		}
		part, rest, err := all.part(text)
		if err != nil {
			return "", err
		}
		b.WriteString(part)
		text = rest
	}
	return b.String(), nil
}

// part reads the part of a word up to the next quote or blank, or a quoted part.
func (all settings) part(text string) (part, rest string, err error) {
	switch quote := text[0]; quote {
	case '\'', '"':
		inner, rest, ok := strings.Cut(text[1:], string(quote))
		if !ok {
			return "", "", errors.New("a quote is not closed")
		}
		if quote == '"' {
			inner, err = all.expand(inner)
		}
		return inner, rest, err
	}
	end := strings.IndexAny(text, "'\" \t;")
	if end < 0 {
		end = len(text)
	}
	part, err = all.expand(text[:end])
	return part, text[end:], err
}

// variable is a variable of the shell.
var variable = regexp.MustCompile(`\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})`)

// maxValue limits a value, which variables may make longer at each line.
const maxValue = 64 << 10

// expand replaces variables of the same file.
func (all settings) expand(text string) (string, error) {
	unknown := ""
	expanded := variable.ReplaceAllStringFunc(text, func(v string) string {
		name := strings.Trim(v, "${}")
		s, ok := all[name]
		if !ok && name != "TLS_PROTOCOL" { // The file of Debian uses it without setting it.
			unknown = name
		}
		return s.value
	})
	if unknown != "" {
		return "", fmt.Errorf("the variable %.40q is not set in this file", unknown)
	}
	if rest := variable.ReplaceAllString(text, ""); strings.ContainsAny(rest, "$`\\") {
		return "", fmt.Errorf("the shell would do more than to replace variables: %.60q", text)
	}
	if len(expanded) > maxValue {
		return "", fmt.Errorf("the value is longer than %d octets", maxValue)
	}
	return expanded, nil
}

// parseFields reads a file of the authentication library: a name, blanks, a value. A
// backslash at its end continues a line.
func parseFields(d *draft.Draft, name, text string) settings {
	all := settings{}
	var whole []string
	number, start := 0, 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		line = strings.TrimSpace(line)
		if len(whole) == 0 {
			start = number
			if line == "" || line[0] == '#' {
				continue
			}
		}
		rest, more := strings.CutSuffix(line, `\`)
		if whole = append(whole, strings.TrimSpace(rest)); more {
			continue
		}
		all.addField(d, strings.Join(whole, " "), draft.Place{File: name, Line: start})
		whole = nil
	}
	if len(whole) > 0 {
		all.addField(d, strings.Join(whole, " "), draft.Place{File: name, Line: start})
	}
	return all
}

// addField adds a line of parseFields.
func (all settings) addField(d *draft.Draft, line string, at draft.Place) {
	end := strings.IndexAny(line, " \t")
	if end < 0 {
		end = len(line)
	}
	field, value := line[:end], strings.TrimSpace(line[end:])
	if n := strings.IndexAny(field, "=\"'"); n >= 0 {
		// The rest is not shown: it may be a password.
		d.Refuse(at, "", "the line is no name with a value after blanks: %.60q", field[:n])
		return
	}
	all[field] = setting{field, value, at}
}
