package config

import (
	"path/filepath"
	"strings"
	"unicode"
)

// oldFile reports, at its first such line, a file that cannot be read as TOML and looks like a tpops.conf
// of TPOPS 0.8, whose values have no quotes and whose lines need no equals sign.
func (d *document) oldFile() {
	bare, first, next := 0, 0, 0
	for line := range strings.Lines(d.text) {
		start := next
		next += len(line)
		name, value, equals := cutOldLine(strings.TrimSpace(line))
		if d.byName[name] == nil {
			continue
		}
		if value != "" && strings.Contains("\"'[{", value[:1]) {
			return // It was meant as TOML.
		}
		if equals && !isBareWord(value) {
			continue
		}
		if bare++; bare == 1 {
			first = start
		}
	}
	if bare > 1 || bare > 0 && filepath.Ext(d.file) == ".conf" {
		d.problem(d.at(first), "looks like a configuration file of TPOPS 0.8: convert it with tpopsctl import-config %s", d.file)
	}
}

// cutOldLine cuts a line of an old file into name and value. A comment or the
// header of a section has no name of a parameter.
func cutOldLine(line string) (name, value string, equals bool) {
	end := strings.IndexFunc(line, func(r rune) bool { return r == '=' || unicode.IsSpace(r) })
	if end < 0 {
		return line, "", false
	}
	value, equals = strings.CutPrefix(strings.TrimSpace(line[end:]), "=")
	return line[:end], strings.TrimSpace(value), equals
}
