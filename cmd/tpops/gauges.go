package main

import (
	"tpops/pkg/metrics"
)

// gauges returns the figures of the present moment. Any goroutine may call it.
func (d *daemon) gauges() []metrics.Gauge {
	counts := d.model.Stats()
	return []metrics.Gauge{
		metrics.NewGauge(metrics.LevelSessions, "authorization", float64(max(0, counts.Sessions-counts.Mailboxes))),
		metrics.NewGauge(metrics.LevelSessions, "transaction", float64(counts.Mailboxes)),
	}
}
