package courierconf

import (
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
		c := text[0]
		switch {
		case c == '\'':
			inner, rest, ok := strings.Cut(text[1:], "'")
			if !ok {
				return "", fmt.Errorf("a quote is not closed")
			}
			b.WriteString(inner)
			text = rest
		case c == '"':
			inner, rest, ok := strings.Cut(text[1:], `"`)
			if !ok || strings.Contains(inner, `\`) {
				return "", fmt.Errorf("a quote is not closed, or has a backslash in it")
			}
			expanded, err := all.expand(inner)
			if err != nil {
				return "", err
			}
			b.WriteString(expanded)
			text = rest
		case c == ' ' || c == '\t' || c == ';':
			if rest := strings.TrimSpace(text); rest[0] != '#' {
				return "", fmt.Errorf("there is more than an assignment: %.60q", rest)
			}
			return b.String(), nil
		default:
			end := strings.IndexAny(text[1:], "'\" \t;") + 1
			if end == 0 {
				end = len(text)
			}
			expanded, err := all.expand(text[:end])
			if err != nil {
				return "", err
			}
			b.WriteString(expanded)
			text = text[end:]
		}
	}
	return b.String(), nil
}

// variable is a variable of the shell.
var variable = regexp.MustCompile(`\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})`)

// maxValue limits a value, which variables may make longer at each line.
const maxValue = 64 << 10

// expand replaces variables of the same file.
func (all settings) expand(text string) (string, error) {
	expanded := variable.ReplaceAllStringFunc(text, func(v string) string {
		return all[strings.Trim(v, "${}")].value
	})
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
	if strings.ContainsAny(field, "=\"'") {
		d.Refuse(at, "", "the line is no name with a value: %.60q", line)
		return
	}
	all[field] = setting{field, value, at}
}
