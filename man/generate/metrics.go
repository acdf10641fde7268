package main

import "tpops/pkg/metrics"

// writeMetrics writes the table of metrics.
func writeMetrics(w *writer) {
	w.line(".Bl -tag -width Ds")
	for f := range metrics.Families() {
		kind := f.Type
		if f.Label != "" {
			kind += " , " + f.Label
		}
		w.line(".It Li %s Pq %s", literal(f.Name), kind)
		w.declared(f.English+".", f.Japanese+"。")
	}
	w.line(".El")
}
