package config

import (
	"path/filepath"
	"strings"
	"unicode"

	"tpops/pkg/config/tomlplace"
)

// reportOldFile reports a file that is not TOML and looks like a tpops.conf of
// TPOPS 0.8, at the first such line.
func (d *document) reportOldFile() {
	found, first, number := 0, 0, 0
	for line := range strings.Lines(strings.TrimPrefix(d.text, "\ufeff")) {
		number++
		isOld, isTOML := d.checkOldLine(strings.TrimSpace(line))
		if isTOML {
			return
		}
		if !isOld {
			continue
		}
		if found++; found == 1 {
			first = number
		}
	}
	if found > 1 || found == 1 && filepath.Ext(d.file) == ".conf" {
		d.problem(place{file: d.file, line: first, col: 1}, "looks like a configuration file of TPOPS 0.8: convert it with tpopsctl import-config %s", d.file)
	}
}

// checkOldLine reports whether a line sets a parameter as 0.8 did, without quotes
// and perhaps without an equals sign, or with a quoted value or a list of TOML.
func (d *document) checkOldLine(line string) (isOld, isTOML bool) {
	name, value, hasEquals := cutOldLine(line)
	switch {
	case d.byName[name] == nil:
		return false, false
	case value != "" && strings.Contains("\"'[{", value[:1]):
		return false, true
	}
	return !hasEquals || tomlplace.IsUnquoted(value), false
}

// cutOldLine splits a line of an old file into name and value. The result for a
// comment or the header of a section is not the name of a parameter.
func cutOldLine(line string) (name, value string, hasEquals bool) {
	end := strings.IndexFunc(line, func(r rune) bool { return r == '=' || unicode.IsSpace(r) })
	if end < 0 {
		return line, "", false
	}
	value, hasEquals = strings.CutPrefix(strings.TrimSpace(line[end:]), "=")
	return line[:end], strings.TrimSpace(value), hasEquals
}
