package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"

	"tpops/pkg/metrics"
	"tpops/pkg/pop3"
)

// gauges returns the figures of the present moment. Any goroutine may call it.
func (d *daemon) gauges() []metrics.Gauge {
	counts := d.allSessions()
	all := []metrics.Gauge{
		metrics.NewGauge(metrics.LevelSessions, "authorization", float64(max(0, counts.Sessions-counts.Mailboxes))),
		metrics.NewGauge(metrics.LevelSessions, "transaction", float64(counts.Mailboxes)),
	}
	if d.mailboxes != nil {
		cache := d.mailboxes.Stats()
		all = append(all,
			metrics.NewGauge(metrics.LevelCacheMailboxes, "", float64(cache.Mailboxes)),
			metrics.NewGauge(metrics.LevelCacheBytes, "", float64(cache.Octets)),
			metrics.NewGauge(metrics.LevelCacheHits, "", float64(cache.Hits)),
			metrics.NewGauge(metrics.LevelCacheMisses, "", float64(cache.Misses)),
			metrics.NewGauge(metrics.LevelCacheEvictions, "", float64(cache.Evictions)))
	}
	if expiry := d.expiry.Load(); expiry != 0 {
		all = append(all, metrics.NewGauge(metrics.LevelExpiry, "", float64(expiry)))
	}
	return append(all, d.processGauges()...)
}

// allSessions returns the numbers of sessions and open mailboxes, with those of earlier processes.
func (d *daemon) allSessions() pop3.Stats {
	counts := d.model.Stats()
	for _, s := range d.elders.Sessions() {
		counts.Sessions++
		if !s.LoginAt.IsZero() {
			counts.Mailboxes++
		}
	}
	return counts
}

// processGauges returns the figures of this process. One that the system does not show
// is left out.
func (d *daemon) processGauges() (all []metrics.Gauge) {
	if status, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := strings.Fields(string(status)); len(fields) > 1 {
			pages, _ := strconv.ParseInt(fields[1], 10, 64) // The kernel has written a number.
			all = append(all, metrics.NewGauge(metrics.LevelMemory, "", float64(pages)*float64(os.Getpagesize())))
		}
	}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		all = append(all, metrics.NewGauge(metrics.LevelFiles, "", float64(len(files))))
	}
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		all = append(all, metrics.NewGauge(metrics.LevelMaxFiles, "", float64(limit.Cur)))
	}
	return append(all, metrics.NewGauge(metrics.LevelStart, "", float64(d.begun.Unix())))
}

// noteExpiry notes when the first certificate expires, for gauges.
func (d *daemon) noteExpiry() {
	if end := d.certificates.Expires(); !end.IsZero() {
		d.expiry.Store(end.Unix())
		return
	}
	d.expiry.Store(0)
}
