package mysql

import (
	"slices"
	"strings"

	"tpops/pkg/auth"
)

// settingColumns is the column of a result for each setting, none if the query
// does not return it.
type settingColumns [auth.SettingCount]int

// findSettings looks for the columns by name, from the index from on.
func findSettings(names []string, from int) (c settingColumns) {
	for i := range c {
		name := auth.SettingName(i)
		c[i] = column(names, from, slices.Compact([]string{name, strings.ReplaceAll(name, "_", "-")})...)
	}
	return c
}

// values returns the settings of a row. NULL and an empty text set nothing.
func (c settingColumns) values(text func(column int) string) []auth.Setting {
	var all []auth.Setting
	for i, n := range c {
		if value := text(n); value != "" {
			all = append(all, auth.Setting{Index: i, Value: value})
		}
	}
	return all
}
