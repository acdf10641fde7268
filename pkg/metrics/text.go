package metrics

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// contentType is the type of the text.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// Text returns the figures as Prometheus reads them: its text format 0.0.4.
func Text(gauges []Gauge, values []Value) []byte {
	var b exposition
	for i := range gauges {
		g := &gauges[i]
		b.head(g.Name, g.Help, g.Type())
		b.sample(g.Name, g.Label, g.Word, strconv.FormatFloat(g.Value, 'f', -1, 64))
	}
	for i := range values {
		b.value(&values[i])
	}
	return b.Bytes()
}

// exposition is the text.
type exposition struct {
	bytes.Buffer
	last string // name of the family of the last sample
}

// head writes the lines that come once before the samples of a family.
func (b *exposition) head(name, help, kind string) {
	if name == b.last {
		return
	}
	b.last = name
	fmt.Fprintf(b, "# HELP %s %s.\n# TYPE %s %s\n", name, help, name, kind)
}

// sample writes a sample. Words are those of our tables and need no escapes.
func (b *exposition) sample(name, label, word, value string) {
	if label != "" {
		name += "{" + label + `="` + word + `"}`
	}
	b.WriteString(name + " " + value + "\n")
}

// value writes a figure or a span.
func (b *exposition) value(v *Value) {
	if v.IsSpan {
		b.histogram(v)
		return
	}
	b.head(v.Name, v.Help, "counter")
	b.sample(v.Name, v.Label, v.Word, strconv.FormatUint(v.Total, 10))
}

// The limits of the buckets that Prometheus gets: powers of two from 16 microseconds to
// more than an hour, each a limit of our finer buckets too.
const (
	firstOctave = 4
	lastOctave  = octaves
)

// histogram writes the samples of a span.
func (b *exposition) histogram(v *Value) {
	b.head(v.Name, v.Help, "histogram")
	seen, bucket := uint64(0), 0
	for octave := firstOctave; octave < lastOctave; octave++ {
		limit := time.Microsecond << octave
		for ; lowest(bucket) < limit; bucket++ {
			seen += v.Took.counts[bucket]
		}
		b.sample(v.Name+"_bucket", "le", seconds(limit), strconv.FormatUint(seen, 10))
	}
	b.sample(v.Name+"_bucket", "le", "+Inf", strconv.FormatUint(v.Took.Count, 10))
	b.sample(v.Name+"_sum", "", "", seconds(v.Took.Sum))
	b.sample(v.Name+"_count", "", "", strconv.FormatUint(v.Took.Count, 10))
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }
