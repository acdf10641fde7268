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
		m.dropBoard(e.Child)
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
	case e.Report == process.Locked:
		m.takeOver(e.Child, e.Text, now)
	case e.Report == process.Used:
		m.Used(e.Text)
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
	child, err := m.startWithBoard(childFiles{own: files, users: m.users.file}, r, ports)
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

// childFiles are the files that a child is started with, besides those that all have.
type childFiles struct {
	own           []*os.File // for its role
	users, before *os.File   // rows of passwd-file, see Child; or nil
	board         *os.File   // where the child shows its session, or nil
	question      []byte     // of a check, or nil
}

// startChild starts a child in a pool, with the parameters c.
func (m *parent) startChild(pool *process.Pool, c *config.Config, f childFiles, r role, ports []pop3.Port) (*process.Child, error) {
	if err := m.RestoreLogs(c); err != nil {
		return nil, err
	}
	var memory, figures *os.File
	if m.Guard != nil {
		memory = m.Guard.File()
	}
	if m.Metrics != nil {
		figures = m.Metrics.File()
	}
	salts, seen := m.Secrets()
	t := task{Role: r, Ports: ports, Listening: m.Listening, Salts: salts, Question: f.question, Config: m.encode(c)}
	if r != roleProbe { // A probe tests the files.
		t.Certificates = m.Certificates()
	}
	files := slices.Clone(f.own)
	// The child takes them from the end.
	for _, shared := range []struct {
		file   *os.File
		passed *bool
	}{{figures, &t.Metrics}, {f.board, &t.Board}, {f.users, &t.Users}, {f.before, &t.Before}, {seen, &t.Seen}, {m.hook, &t.Hook}, {memory, &t.Guard}} {
		if shared.file != nil {
			*shared.passed, files = true, append(files, shared.file)
		}
	}
	return t.start(pool, files)
}

// encode returns the encoded parameters c. It encodes those of most children once.
func (m *parent) encode(c *config.Config) []byte {
	if m.encoded == nil || m.encodedOf != c {
		m.encoded, m.encodedOf = c.Encode(), c
	}
	return m.encoded
}
