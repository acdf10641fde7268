package metrics

import "tpops/pkg/pop3"

// Value is a figure with one word of its label, or a span.
type Value struct {
	Name          string
	Help          string
	Label         string // its name, "" without one
	Word          string
	Total, Minute uint64 // number since the start and in the last minute

	IsSpan           bool
	Took, TookMinute Histogram // durations of a span, since the start and in the last minute
}

// prefix begins each name.
const prefix = "tpops_"

// valuesOf returns all values: the spans, then the figures, in the order of the table.
func valuesOf(present, before []uint64) []Value {
	recent := make([]uint64, len(present))
	for i := range present {
		recent[i] = present[i] - min(present[i], before[i])
	}
	var all []Value
	for i := range spans {
		from, to := i*perSpan, (i+1)*perSpan
		v := Value{
			Name: prefix + spans[i].name, Help: spans[i].help.english, IsSpan: true,
			Took: newHistogram(present[from:to]), TookMinute: newHistogram(recent[from:to]),
		}
		v.Total, v.Minute = v.Took.Count, v.TookMinute.Count
		all = append(all, v)
	}
	for i := range figures {
		f, at := &figures[i], wordOf(pop3.Figure(i))
		for j, word := range f.words {
			all = append(all, Value{
				Name: prefix + f.name, Help: f.help.english, Label: f.label, Word: word, Total: present[at+j], Minute: recent[at+j],
			})
		}
	}
	return all
}
