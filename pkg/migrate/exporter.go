package migrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"tpops/pkg/maildir"
	"tpops/pkg/pool"
)

// Exporter writes the lists of another server, so that it shows the UIDLs and the order
// that TPOPS shows. Goroutines may share it.
type Exporter struct {
	Target Target
	Apply  bool         // write the lists; else nothing is changed
	Force  bool         // export mailboxes too of which the other server cannot show all as it is
	Roots  []string     // as maildir.Options.Roots
	Log    *slog.Logger // nil for nothing
}

// Target is a server that takes mailboxes over. Goroutines may share it.
type Target interface {
	// list returns which list of a mailbox is written.
	list(j Job) (maildir.ForeignList, error)
	// edit returns the new content of a list, nil if it is good as it is. text is the
	// present content, nil if there is none.
	edit(ctx context.Context, e *edition, text io.Reader) ([]byte, error)
}

// edition is a list that is made.
type edition struct {
	survey   *maildir.Survey
	messages []maildir.Surveyed
	report   *ExportReport
}

// What can become of a mailbox besides what can at an import.
const (
	StatusExported = "exported"      // the list was written
	StatusGood     = "nothing to do" // the other server shows the same already
	StatusUnserved = "not served"    // TPOPS has given its messages no UIDLs
)

// ExportReport is what became of a mailbox, or would.
type ExportReport struct {
	Maildir  string   `json:"maildir"`
	Login    string   `json:"login,omitempty"`
	Status   string   `json:"status"`
	Messages int      `json:"messages"`
	Kept     int      `json:"kept"`     // messages whose entry shows the UIDL already
	Saved    int      `json:"saved"`    // messages that get their UIDL as it is
	Numbered int      `json:"numbered"` // messages whose UIDL has the number that they get
	Ordered  bool     `json:"ordered"`  // the order is written for all messages
	Again    int      `json:"again"`    // messages whose UIDL cannot be kept: clients will download them again
	Moved    int      `json:"moved"`    // messages whose place in the order cannot be kept
	Notes    []string `json:"notes,omitempty"`
	Error    string   `json:"error,omitempty"`

	isCut bool // the end of the context is the error
}

// Failed reports whether the operator has something to do.
func (r *ExportReport) Failed() bool {
	return r.Status == StatusFailed || r.Status == StatusRefused || r.Again > 0
}

func (r *ExportReport) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// lost notes messages whose UIDL cannot be kept.
func (e *edition) lost(count int, why string) {
	if count > 0 {
		e.report.Again += count
		e.report.note("%d %s", count, why)
	}
}

// Run exports mailboxes, as Importer.Run imports them.
func (ex *Exporter) Run(ctx context.Context, jobs []Job, side int, done func(*ExportReport)) {
	pool.Run(ctx, jobs, side, ex.Mailbox, func(r *ExportReport) {
		if !r.isCut {
			done(r)
		}
	})
}

// Mailbox exports a mailbox, or finds out what exporting it would do. After an error,
// which is in the report, the list is as it was.
func (ex *Exporter) Mailbox(ctx context.Context, j Job) *ExportReport {
	r := &ExportReport{Maildir: j.Maildir, Login: j.Login, Status: StatusReady}
	err := j.Err
	if err == nil {
		err = ex.mailbox(ctx, j, r)
	}
	r.Status, r.Error = outcome(r.Status, err)
	r.isCut = errors.Is(err, context.Canceled)
	return r
}

// errFollows means that there is nothing to export.
var errFollows = errors.New("TPOPS shows the UIDLs of another server's list here (maildir-uidl): there is nothing to export")

func (ex *Exporter) mailbox(ctx context.Context, j Job, r *ExportReport) error {
	s, err := maildir.OpenSurvey(ctx, j.Owner, j.Maildir, ex.Roots, ex.Log)
	if err != nil {
		return err
	}
	defer s.Close()
	if done, err := isOurs(s, r); !done || err != nil {
		return err
	}
	e := &edition{survey: s, report: r}
	if e.messages, err = s.Messages(ctx); err != nil {
		return fmt.Errorf("%s: %w", j.Maildir, err)
	}
	l, err := ex.Target.list(j)
	if err != nil {
		return err
	}
	return ex.write(ctx, e, l)
}

// isOurs reports whether TPOPS has given the messages of a mailbox UIDLs that can be
// exported.
func isOurs(s *maildir.Survey, r *ExportReport) (bool, error) {
	follows, err := s.Follows()
	if err != nil {
		return false, err
	}
	if follows {
		r.Status = StatusRefused
		return false, errFollows
	}
	served, err := s.Served()
	if err == nil && !served {
		r.Status = StatusUnserved
	}
	return served, err
}

// write writes the list, after it has found out what it would be.
func (ex *Exporter) write(ctx context.Context, e *edition, l maildir.ForeignList) error {
	empty := *e.report
	isNew := false
	edit := func(text io.Reader) ([]byte, error) {
		*e.report = empty // edit is called again under the lock.
		e.report.Messages = len(e.messages)
		content, err := ex.Target.edit(ctx, e, text)
		isNew = content != nil
		if err == nil {
			err = ex.allowed(e.report)
		}
		return content, err
	}
	rewrite := e.survey.PreviewList
	if ex.Apply {
		rewrite = e.survey.Rewrite
	}
	if err := rewrite(ctx, l, edit); err != nil {
		return err
	}
	switch {
	case !isNew:
		e.report.Status = StatusGood
	case ex.Apply:
		e.report.Status = StatusExported
	}
	return nil
}

// allowed returns why a mailbox is exported only with Force.
func (ex *Exporter) allowed(r *ExportReport) error {
	if ex.Force || r.Again == 0 && r.Moved == 0 {
		return nil
	}
	r.Status = StatusRefused
	return fmt.Errorf("%d messages would be downloaded again, and %d would be shown at another place; --force exports the others all the same", r.Again, r.Moved)
}
