package config

import (
	"iter"
	"strings"
)

// DidYouMean returns a hint with the valid name nearest to a mistyped one, or ""
// if none is near. dashes are written before the valid name.
func DidYouMean(name, dashes string, valid iter.Seq[string]) string {
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
// with their neighbour; for the beginning of a name it returns 1. It returns most
// without counting if the lengths alone differ by at least most.
func nameDistance(typed, name string, most int) int {
	if len(typed) > 3 && strings.HasPrefix(name, typed) {
		return 1
	}
	if max(len(typed)-len(name), len(name)-len(typed)) >= most {
		return most
	}
	d := make(distances, len(typed)+1)
	for i := range d {
		d[i] = make([]int, len(name)+1)
		for j := range d[i] {
			d[i][j] = d.next(typed[:i], name[:j])
		}
	}
	return d[len(typed)][len(name)]
}

// distances has at [i][j] the distance between the first i letters of one word and
// the first j of another.
type distances [][]int

// next returns the distance of a and b from those of their beginnings.
func (d distances) next(a, b string) int {
	i, j := len(a), len(b)
	switch {
	case i == 0 || j == 0:
		return i + j
	case a[i-1] == b[j-1]:
		return d[i-1][j-1]
	case i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1]:
		return 1 + min(d[i-2][j-2], d[i-1][j], d[i][j-1])
	}
	return 1 + min(d[i-1][j-1], d[i-1][j], d[i][j-1])
}
