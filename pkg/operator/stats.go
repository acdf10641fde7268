package operator

import (
	"context"
	"time"

	"tpops/pkg/control"
	"tpops/pkg/metrics"
)

// Stat is a row of the command stats: a figure, or the durations of a piece of work.
type Stat struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	Type   string            `json:"type"` // gauge, counter or histogram
	Help   string            `json:"help"`
	Value  float64           `json:"value"`            // of a gauge: at present; otherwise the number since the start
	Minute float64           `json:"minute"`           // number in the last minute; not of a gauge
	Took   *Times            `json:"took,omitempty"`   // of a histogram
	Recent *Times            `json:"recent,omitempty"` // of a histogram in the last minute
}

// Times are the durations of a histogram, in seconds.
type Times struct {
	Sum float64 `json:"sum"`
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
}

// StatsEnd ends the answer of the command stats.
type StatsEnd struct {
	Started time.Time `json:"started"`
	Minute  float64   `json:"minute"` // length of the last minute in seconds; less after the start
}

// stats answers with a row for each figure.
func (e *Environment) stats(_ context.Context, r *control.Request, a *control.Reply) (any, error) {
	if err := r.Arguments(&struct{}{}); err != nil {
		return nil, err
	}
	for _, g := range e.Gauges() {
		if err := a.Row(Stat{Name: g.Name, Labels: labels(g.Label, g.Word), Type: g.Type(), Help: g.Help, Value: g.Value}); err != nil {
			return nil, err
		}
	}
	values, minute := e.Figures.Values(time.Now())
	for i := range values {
		if err := a.Row(newStat(&values[i])); err != nil {
			return nil, err
		}
	}
	return StatsEnd{e.Figures.Started(), minute.Seconds()}, nil
}

// newStat returns the row of a value.
func newStat(v *metrics.Value) Stat {
	s := Stat{
		Name: v.Name, Labels: labels(v.Label, v.Word), Type: "counter", Help: v.Help, Value: float64(v.Total), Minute: float64(v.Minute),
	}
	if v.IsSpan {
		s.Type, s.Took, s.Recent = "histogram", times(&v.Took), times(&v.TookMinute)
	}
	return s
}

func labels(name, word string) map[string]string {
	if name == "" {
		return nil
	}
	return map[string]string{name: word}
}

func times(h *metrics.Histogram) *Times {
	return &Times{
		Sum: h.Sum.Seconds(), P50: h.Quantile(0.5).Seconds(), P90: h.Quantile(0.9).Seconds(), P99: h.Quantile(0.99).Seconds(),
	}
}
