package config

import (
	"iter"
	"strings"
)

// didYouMean returns a hint with the valid name nearest to a mistyped one, or
// nothing if none is near. dashes stand before a valid name.
func didYouMean(name, dashes string, valid iter.Seq[string]) string {
	best, bestDistance := "", max(2, len(name)/3+1)
	for candidate := range valid {
		if d := nameDistance(strings.ToLower(name), candidate, bestDistance); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean \"" + dashes + best + "\"?)"
}

// names yields the names of all parameters.
func (l *loader) names(yield func(string) bool) {
	for i := range l.rows {
		if !yield(l.rows[i].Name) {
			return
		}
	}
}

// prefixes yields the names that a table may have, some more than once.
func (l *loader) prefixes(yield func(string) bool) {
	for name := range l.names {
		for i, c := range name {
			if c == '-' && !yield(name[:i]) {
				return
			}
		}
	}
}

// nameDistance returns the number of letters to insert, remove, replace or swap
// with their neighbour, and 1 where somebody stopped typing in the middle of
// the name. It gives up when the lengths alone are at least most apart.
func nameDistance(typed, name string, most int) int {
	if len(typed) > 3 && strings.HasPrefix(name, typed) {
		return 1
	}
	if max(len(typed)-len(name), len(name)-len(typed)) >= most {
		return most
	}
	// d[i][j] is the distance between the first i letters and the first j.
	d := make([][]int, len(typed)+1)
	for i := range d {
		d[i] = make([]int, len(name)+1)
		for j := range d[i] {
			switch {
			case i == 0 || j == 0:
				d[i][j] = i + j
			case typed[i-1] == name[j-1]:
				d[i][j] = d[i-1][j-1]
			case i > 1 && j > 1 && typed[i-1] == name[j-2] && typed[i-2] == name[j-1]:
				d[i][j] = 1 + min(d[i-2][j-2], d[i-1][j], d[i][j-1])
			default:
				d[i][j] = 1 + min(d[i-1][j-1], d[i-1][j], d[i][j-1])
			}
		}
	}
	return d[len(typed)][len(name)]
}
