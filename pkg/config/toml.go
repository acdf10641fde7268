package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// maxProblems bounds what is told of one file. A file with more is probably
// no configuration of ours.
const maxProblems = 100

// document is a TOML file that is turned into settings.
type document struct {
	*loader
	file   string
	text   string
	places map[string]keyPlace // by the key's path, see pathKey
	found  []setting
	starts map[string]int // by parameter, the offset of the key that set it
}

// leaf is a key with a value that is no table, or with an unknown name.
type leaf struct {
	path  []string
	value any
	keyPlace
}

// settings returns what the document sets, in its order.
func (d *document) settings() []setting {
	if at := firstInvalid(d.text); at >= 0 {
		d.problem(d.at(at), "not UTF-8")
		return nil
	}
	var deep int
	if d.places, deep = scanKeys(d.text); deep >= 0 {
		d.problem(d.at(deep), "nested too deeply")
		return nil
	}
	var tree map[string]any
	if _, err := toml.Decode(d.text, &tree); err != nil {
		d.oldFile()
		d.syntaxError(err)
		return nil
	}
	leaves := d.flatten(nil, tree)
	slices.SortFunc(leaves, func(a, b leaf) int { return cmp.Compare(a.key, b.key) })
	d.starts = map[string]int{}
	for i, leaf := range leaves {
		if len(d.problems) >= maxProblems {
			d.problem(d.at(leaf.key), "too many problems; from here on %d more keys are not looked at", len(leaves)-i)
			break
		}
		d.set(leaf)
	}
	return d.found
}

// flatten returns the leaves of a table. A table whose name is the beginning
// of a parameter's name stands for that beginning.
func (d *document) flatten(path []string, tree map[string]any) []leaf {
	var leaves []leaf
	for key, v := range tree {
		path := append(slices.Clip(path), key)
		if table, ok := v.(map[string]any); ok && d.isPrefix(joinName(path)) {
			leaves = append(leaves, d.flatten(path, table)...)
			continue
		}
		leaves = append(leaves, leaf{path, v, d.places[pathKey(path)]})
	}
	return leaves
}

// joinName returns the name that a path of keys spells.
func joinName(path []string) string { return strings.Join(path, "-") }

func (d *document) isPrefix(name string) bool {
	return slices.ContainsFunc(d.rows, func(p Param) bool { return strings.HasPrefix(p.Name, name+"-") })
}

// set checks the name and the type of a leaf, and that it is the only one for
// its parameter.
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
		d.problem(d.at(v.key), "unknown %s %s%s", what, show(name), didYouMean(name, "", valid))
		return
	}
	if before, ok := d.starts[name]; ok {
		d.problem(d.at(v.key), "%s is already set on line %d", name, d.at(before).line)
		return
	}
	d.starts[name] = v.key
	s := setting{name: name, place: d.at(v.start)}
	var err error
	if p.CommandLine {
		err = errors.New("belongs on the command line")
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

// asText returns the value of a parameter as one would write it on the command
// line, if its type fits. The error does not repeat the value, which may be a
// secret.
func asText(p *Param, v any) (string, error) {
	switch v := v.(type) {
	case string:
		if p.Kind != KindCount {
			return v, nil
		}
	case int64:
		if p.Kind.isNumber() {
			return strconv.FormatInt(v, 10), nil
		}
	case []any:
		if p.Kind.isList() {
			return listText(v)
		}
	case bool:
		if p.Kind == KindSwitch || p.Kind == KindClearLogin || slices.Contains(p.Values, formatSwitch(v)) {
			return formatSwitch(v), nil
		}
	}
	return "", fmt.Errorf("must be %s", p.Kind.tomlType())
}

// isNumber reports whether a value may be written as an integer.
func (k Kind) isNumber() bool {
	return k == KindCount || k == KindDuration || k == KindOwner || k == KindAddress
}

func (k Kind) tomlType() string {
	switch {
	case k == KindSwitch:
		return "true or false, without quotes, or yes or no in quotes"
	case k == KindCount:
		return "a number without quotes"
	case k.isNumber():
		return "a number without quotes, or text in quotes"
	case k.isList():
		return "text in quotes, or a list of such texts"
	}
	return "text in quotes"
}
