package unit

import (
	"path"
	"strings"
)

// Setting is a line of a unit. Specifiers that contain the name of the unit are
// replaced, so that the line has the same meaning in a unit of another name.
type Setting struct{ Name, Value string }

// String returns the line.
func (s Setting) String() string { return s.Name + "=" + s.Value }

// Settings returns the settings in the sections [Service] of the files of a unit, as
// systemctl cat prints them.
func Settings(files, unit string) []Setting {
	r := reader{names: specifiers(unit)}
	for line := range strings.SplitSeq(files, "\n") {
		r.add(strings.TrimSpace(line))
	}
	r.endLine()
	return r.all
}

// reader reads the files of a unit line by line.
type reader struct {
	names   *strings.Replacer
	all     []Setting
	section string
	pending string // the beginning of a line that is continued
	isBlank bool   // the line before was empty
	isBegun bool
}

// add reads a line without spaces around it.
func (r *reader) add(line string) {
	wasBlank := r.isBlank || !r.isBegun
	r.isBlank, r.isBegun = line == "", true
	switch {
	case wasBlank && isHeader(line):
		r.endLine() // A new file: neither lines nor sections continue in it.
		r.section = ""
	case line != "" && (line[0] == '#' || line[0] == ';'):
		// Also between the parts of a line.
	case strings.HasSuffix(line, `\`):
		r.pending += strings.TrimSuffix(line, `\`) + " "
	default:
		r.pending += line
		r.endLine()
	}
}

// endLine takes the line that has been read.
func (r *reader) endLine() {
	line := strings.TrimSpace(r.pending)
	r.pending = ""
	name, value, found := strings.Cut(line, "=")
	switch {
	case line == "":
	case line[0] == '[':
		r.section = line
	case found && strings.TrimSpace(name) != "" && r.section == "[Service]":
		r.all = append(r.all, Setting{strings.TrimSpace(name), r.names.Replace(strings.TrimSpace(value))})
	}
}

// isHeader reports whether a line is the comment that systemctl cat writes before each
// file: its path.
func isHeader(line string) bool {
	name, found := strings.CutPrefix(line, "# /")
	isUnit := strings.HasSuffix(name, ".service")
	isDropIn := strings.HasSuffix(name, ".conf") && strings.HasSuffix(path.Dir(name), ".d")
	return found && strings.Contains(name, "systemd/") && (isUnit || isDropIn)
}

// specifiers replaces the specifiers of systemd.unit(5) that contain the name of the
// unit. The others have the same value in each unit.
func specifiers(unit string) *strings.Replacer {
	name := strings.TrimSuffix(unit, path.Ext(unit))
	prefix, instance, _ := strings.Cut(name, "@")
	last := prefix[strings.LastIndexByte(prefix, '-')+1:]
	return strings.NewReplacer("%%", "%%", "%n", unit, "%N", name, "%p", prefix, "%P", unescape(prefix),
		"%i", instance, "%I", unescape(instance), "%j", last, "%J", unescape(last))
}

// unescape returns a part of the name of a unit for people. The names of our units
// contain no escapes.
func unescape(part string) string { return strings.ReplaceAll(part, "-", "/") }
