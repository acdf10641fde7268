package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tpops/pkg/config/tomlplace"
)

// maxProblems limits the problems that are reported of one file. A file with
// more is probably not a configuration of TPOPS.
const maxProblems = 100

// document is a TOML file that is turned into settings.
type document struct {
	*loader
	file  string
	text  string
	toml  *tomlplace.Document
	found []setting
	lines map[string]int // by parameter, the line of the key that set it
}

// leaf is a key whose value is not a table, or whose name is unknown.
type leaf struct {
	path  []string
	value any
	at    tomlplace.KeyPlace
}

// settings returns what the document sets, in its order.
func (d *document) settings() []setting {
	var err error
	if d.toml, err = tomlplace.Read(d.text); err != nil {
		d.reportOldFile()
		d.syntaxError(err)
		return nil
	}
	leaves := d.flatten(nil, d.toml.Tree)
	slices.SortFunc(leaves, func(a, b leaf) int { return a.at.Key.Compare(b.at.Key) })
	d.lines = map[string]int{}
	for i, leaf := range leaves {
		if len(d.problems) >= maxProblems {
			d.problem(d.at(leaf.at.Key), "too many problems: the remaining %d keys were not checked", len(leaves)-i)
			break
		}
		d.set(leaf)
	}
	return d.found
}

// syntaxError notes an error of tomlplace.Read.
func (d *document) syntaxError(err error) {
	var syntax *tomlplace.Error
	if !errors.As(err, &syntax) {
		d.problem(place{file: d.file}, "%v", err)
		return
	}
	at := d.at(syntax.Place)
	if p, ok := d.byName[joinName(syntax.Unquoted)]; ok {
		d.reject(setting{name: p.Name, place: at}, "must be %s", p.Kind.tomlType())
		return
	}
	d.problem(at, "%s", syntax.Text)
}

// at returns a place in the document.
func (d *document) at(p tomlplace.Place) place {
	return place{file: d.file, line: p.Line, col: p.Col}
}

// flatten returns the leaves of a table. A table whose name is the beginning of
// a parameter's name contains the rest of that name.
func (d *document) flatten(path []string, tree map[string]any) []leaf {
	var leaves []leaf
	for key, v := range tree {
		path := append(slices.Clip(path), key)
		if table, ok := v.(map[string]any); ok && d.isPrefix(joinName(path)) {
			leaves = append(leaves, d.flatten(path, table)...)
			continue
		}
		at, _ := d.toml.Find(path) // A key outside of arrays is always found.
		leaves = append(leaves, leaf{path, v, at})
	}
	return leaves
}

// joinName returns the name that a path of keys spells.
func joinName(path []string) string { return strings.Join(path, "-") }

func (d *document) isPrefix(name string) bool {
	return slices.ContainsFunc(d.rows, func(p Param) bool { return strings.HasPrefix(p.Name, name+"-") })
}

// set stores a leaf, if its name and type are valid and no other leaf sets the same
// parameter.
func (d *document) set(v leaf) {
	name := joinName(v.path)
	p, ok := d.byName[name]
	if !ok {
		what, valid := "parameter", d.names
		if _, ok := v.value.(map[string]any); ok {
			what, valid = "table", d.prefixes
		}
		if d.misplaced(v) {
			return
		}
		d.problem(d.at(v.at.Key), "unknown %s %s%s", what, show(name), DidYouMean(name, "", valid))
		return
	}
	if line, ok := d.lines[name]; ok {
		d.problem(d.at(v.at.Key), "%s is already set on line %d", name, line)
		return
	}
	d.lines[name] = v.at.Key.Line
	s := setting{name: name, place: d.at(v.at.Value)}
	var err error
	if p.CommandLine {
		err = errors.New("is allowed only on the command line")
	} else {
		s.text, err = asText(p, v.value)
	}
	if err != nil {
		d.reject(s, "%v", err)
		d.broken[name] = true
		return
	}
	d.found = append(d.found, s)
}

// asText returns the value of a parameter in the form of the command line, if its
// type is allowed. The error does not contain the value, which may be a secret.
func asText(p *Param, v any) (string, error) {
	switch v := v.(type) {
	case string:
		if p.Kind != kindCount {
			return v, nil
		}
	case int64:
		if p.Kind.IsNumber() {
			return strconv.FormatInt(v, 10), nil
		}
	case []any:
		if p.Kind.isList() {
			return listText(v)
		}
	case bool:
		if p.takesBoolean(v) {
			return formatSwitch(v), nil
		}
	}
	return "", fmt.Errorf("must be %s", p.Kind.tomlType())
}

// takesBoolean reports whether a value may be written as this boolean: also for a
// choice that contains yes or no.
func (p *Param) takesBoolean(v bool) bool {
	return p.Kind == KindSwitch || p.Kind == kindClearLogin || slices.Contains(p.Values, formatSwitch(v))
}

// IsNumber reports whether a value may be written as an integer.
func (k Kind) IsNumber() bool {
	return k == kindCount || k == kindDuration || k == KindOwner || k == kindAddress
}

// tomlType returns the type of a value in the file, for an error.
func (k Kind) tomlType() string {
	switch {
	case k == KindSwitch:
		return "true or false, without quotes, or yes or no in quotes"
	case k == kindCount:
		return "a number without quotes"
	case k.IsNumber():
		return "a number without quotes, or text in quotes"
	case k.isList():
		return "text in quotes, or a list of such texts"
	}
	return "text in quotes"
}
