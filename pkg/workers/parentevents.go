package workers

import (
	"log/slog"
	"os"
	"slices"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/pop3"
	"tpops/pkg/workers/process"
)

// recordAll records all events of the children.
func (m *parent) recordAll() {
	for _, e := range m.events.take() {
		m.record(e)
	}
}

// record records an event of a child, and starts or stops what follows from it.
func (m *parent) record(e process.Event) {
	now := time.Now()
	failed := m.pool.Record(e, now)
	if e.Exit != nil {
		m.Guard.Reclaim(e.Child.PID()) // A killed child has not released its places.
	}
	m.count(e, failed, now)
	if m.ending == 0 {
		m.fillOrEnd(now)
	} else {
		m.stopIfDone()
	}
}

// count updates the statistics and the back-off, and logs a failure.
func (m *parent) count(e process.Event, failed bool, now time.Time) {
	switch {
	case failed, e.Exit != nil && !e.Exit.Success():
		m.logEnd(e, failed, now)
	case e.Exit != nil:
		m.backoff.Served() // The child's resources, such as descriptors, are free again.
	case e.Report == process.LoggedIn:
		m.logins++
	case e.Report == process.Busy:
		m.backoff.Served()
	}
}

// logEnd logs that a child has failed. Of successive failures it logs only the first
// one after each wait.
func (m *parent) logEnd(e process.Event, failed bool, now time.Time) {
	if !failed && e.Text != "" {
		return // The reason was logged with the report.
	}
	reason := e.Text
	if reason == "" {
		reason = e.Exit.String()
	}
	attrs := []any{slog.String("error", reason), slog.Int("pid", e.Child.PID())}
	if failed {
		wait, isNew := m.backoff.Failed(now)
		if !isNew {
			return
		}
		attrs = append(attrs, slog.Duration("wait", wait))
	}
	m.Log.Error("child failed", attrs...)
}

// start starts a child and reports whether that worked. It logs the error.
func (m *parent) start(r role, files []*os.File, ports []pop3.Port) bool {
	child, err := m.startChild(m.pool, r, m.Config, files, ports)
	if err != nil {
		wait, _ := m.backoff.Failed(time.Now())
		m.Log.Error("child start failed", slog.Any("error", err), slog.Duration("wait", wait))
		return false
	}
	if m.ending != 0 {
		child.Order(m.ending, m.endingTime)
	}
	return true
}

// startChild starts a child in a pool, with the parameters c and the files for its
// role.
func (m *parent) startChild(pool *process.Pool, r role, c *config.Config, files []*os.File, ports []pop3.Port) (*process.Child, error) {
	if err := m.RestoreLogs(c); err != nil {
		return nil, err
	}
	salts, seen := m.Secrets()
	t := task{Role: r, Ports: ports, Listening: m.Listening, Salts: salts, Config: c.Encode()}
	if seen != nil {
		t.Seen, files = true, append(slices.Clone(files), seen)
	}
	return t.start(pool, files, m.hook, m.Guard)
}
