package auth

import (
	"slices"
	"strings"
)

// settingColumns says in which column of a result each of settings is, none
// for nowhere.
type settingColumns [len(settings)]int

// findSettings looks for them by name, from the index from on.
func findSettings(names []string, from int) settingColumns {
	var c settingColumns
	for i, s := range settings {
		c[i] = column(names, from, slices.Compact([]string{s.name, strings.ReplaceAll(s.name, "_", "-")})...)
	}
	return c
}

// said returns what a row says of settings. NULL and an empty text say nothing.
func (c settingColumns) said(text func(column int) string) []said {
	var all []said
	for i, n := range c {
		if text := text(n); text != "" {
			all = append(all, said{i, text})
		}
	}
	return all
}
