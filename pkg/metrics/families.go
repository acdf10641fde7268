package metrics

import "iter"

// Family describes a metric, for the manual.
type Family struct {
	Name              string
	Type              string // gauge, counter or histogram
	Label             string // "" without one
	English, Japanese string // what it is, in one sentence without a full stop
}

// Families returns all metrics in the order in which they are shown.
func Families() iter.Seq[Family] {
	return func(yield func(Family) bool) {
		for _, f := range levelTable {
			if !yield(f.describe("", (&Gauge{Name: f.name}).Type())) {
				return
			}
		}
		for _, f := range spans {
			if !yield(f.describe(prefix, "histogram")) {
				return
			}
		}
		for _, f := range figures {
			if !yield(f.describe(prefix, "counter")) {
				return
			}
		}
	}
}

// describe returns the description of a row.
func (f *family) describe(prefix, kind string) Family {
	return Family{Name: prefix + f.name, Type: kind, Label: f.label, English: f.help.english, Japanese: f.help.japanese}
}
