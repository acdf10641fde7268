package setup

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/BurntSushi/toml"

	"tpops/pkg/config"
	"tpops/pkg/config/draft"
	"tpops/pkg/config/tomlplace"
)

// newFile begins a configuration file that setup makes.
const newFile = "# Written by tpopsctl setup. \"tpops --sample-config\" prints all parameters.\n"

// maxValueLines bounds the lines of one value that setup changes.
const maxValueLines = 200

// settings are values of parameters by name, as text.
type settings map[string]string

// readSettings returns the parameters that the text of a configuration file sets.
func readSettings(text string) (settings, error) {
	tree, _, err := decode(text)
	return tree, err
}

// decode returns the parameters of a file, and the path of keys to each.
func decode(text string) (settings, map[string][]string, error) {
	if _, err := tomlplace.Read(text); err != nil {
		return nil, nil, err // It contains no value, which may be a secret.
	}
	var tree map[string]any
	meta, err := toml.Decode(text, &tree)
	if err != nil {
		return nil, nil, errors.New("not valid TOML")
	}
	found, paths := settings{}, map[string][]string{}
	for _, key := range meta.Keys() {
		if meta.Type(key...) == "Hash" {
			continue
		}
		name := strings.Join(key, "-")
		found[name], paths[name] = valueText(valueAt(tree, key)), key
	}
	return found, paths, nil
}

// valueAt returns the value at a path, or nil inside of arrays.
func valueAt(tree map[string]any, path []string) any {
	var v any = tree
	for _, key := range path {
		table, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = table[key]
	}
	return v
}

// valueText returns a value as the configuration takes it: a list has commas.
func valueText(v any) string {
	list, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v)
	}
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = fmt.Sprint(e)
	}
	return strings.Join(parts, ",")
}

// edit returns the text of a configuration file with other values. An empty value makes
// the parameter a comment, and removes a secret. All else stays as it is. An error means
// that the file has a form that setup cannot change.
func edit(text string, changes settings) (string, error) {
	if strings.TrimSpace(text) == "" {
		text = newFile
	}
	want, _, err := decode(text)
	if err != nil {
		return "", err
	}
	for _, p := range config.Params() {
		value, ok := changes[p.Name]
		if !ok || want[p.Name] == value {
			continue
		}
		if text, err = editOne(text, p, value); err != nil {
			return "", err
		}
		if want[p.Name] = value; value == "" {
			delete(want, p.Name)
		}
	}
	got, _, err := decode(text)
	if err != nil || !maps.Equal(got, want) {
		return "", errors.New("the file has a form that setup cannot change: set the parameters yourself, one per line")
	}
	return text, nil
}

// editOne changes one parameter.
func editOne(text string, p config.Param, value string) (string, error) {
	assigned := draft.Assignment(p, value)
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	_, paths, err := decode(text)
	if err != nil {
		return "", err
	}
	document, err := tomlplace.Read(text)
	if err != nil {
		return "", err
	}
	lines := strings.SplitAfter(text, "\n")
	path, isSet := paths[p.Name]
	if !isSet {
		at := insertAt(lines, p.Name, firstHeader(text, document))
		return strings.Join(lines[:at], "") + assigned + "\n" + strings.Join(lines[at:], ""), nil
	}
	place, _ := document.Find(path)
	start := place.Key.Line - 1
	if start < 0 || start >= len(lines) {
		return text, nil // edit reports it.
	}
	end := start + valueLines(lines[start:])
	replaced := commented(lines[start:end])
	switch key, _, _ := strings.Cut(lines[start], "="); {
	case value != "":
		replaced = key + "=" + strings.TrimPrefix(assigned, p.Name+" =") + "\n"
	case p.Kind == config.KindSecret:
		replaced = "" // Other users may be able to read comments.
	}
	return strings.Join(lines[:start], "") + replaced + strings.Join(lines[end:], ""), nil
}

// commented returns lines as comments.
func commented(lines []string) string {
	return "#" + strings.Join(lines, "#")
}

// valueLines returns how many lines the value has that begins in the first one.
func valueLines(lines []string) int {
	for n := 1; n <= min(len(lines), maxValueLines); n++ {
		var ignored map[string]any
		if _, err := toml.Decode(strings.Join(lines[:n], ""), &ignored); err == nil {
			return n
		}
	}
	return 1 // edit reports it.
}

// firstHeader returns the index of the line with the first header of a table, or a
// number above all lines.
func firstHeader(text string, document *tomlplace.Document) int {
	first := strings.Count(text, "\n") + 2
	var tree map[string]any
	meta, _ := toml.Decode(text, &tree)
	for _, key := range meta.Keys() {
		if place, ok := document.Find(key); ok && place.IsHeader() {
			first = min(first, place.Key.Line-1)
		}
	}
	return first
}

// insertAt returns the index of the line before which a parameter is inserted: after its
// line in the sample file, or before the first table, or at the end.
func insertAt(lines []string, name string, header int) int {
	for i, line := range lines[:min(header, len(lines))] {
		if strings.HasPrefix(line, "#"+name+" = ") && strings.HasSuffix(line, "\n") {
			return i + 1
		}
	}
	return min(header, len(lines)-1) // The last one is what is after the last line end.
}
