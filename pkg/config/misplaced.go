package config

import "strings"

// misplaced reports a parameter that follows the header of a table, so that its
// name begins with the name of the table: in TOML a table ends only at the next
// header. It returns false for any other unknown name.
func (d *document) misplaced(v leaf) bool {
	if _, isTable := v.value.(map[string]any); isTable {
		return false
	}
	for n := len(v.path) - 1; n > 0; n-- {
		header, ok := d.toml.Find(v.path[:n])
		own := joinName(v.path[n:])
		if _, known := d.byName[own]; !known || !ok || !header.IsHeader() {
			continue
		}
		line := header.Key.Line
		d.problem(d.at(v.at.Key), "%s is in the table [%s], which begins on line %d, and there is no parameter %s: move it above line %d",
			own, strings.Join(v.path[:n], "."), line, joinName(v.path), line)
		return true
	}
	return false
}
