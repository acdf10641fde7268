package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"tpops/pkg/maildir"
)

// Importer imports mailboxes. Goroutines may share it.
type Importer struct {
	Source  Source
	Apply   bool         // write tpops_uidl; else nothing is changed
	Replace bool         // replace an existing tpops_uidl, and UIDLs that TPOPS has shown
	Force   bool         // import mailboxes with ambiguous or hidden messages too
	Roots   []string     // as maildir.Options.Roots
	Log     *slog.Logger // nil for nothing
}

// What can become of a mailbox.
const (
	StatusReady    = "ready"            // it can be imported
	StatusImported = "imported"         // tpops_uidl was written
	StatusDone     = "already imported" // it has a tpops_uidl
	StatusMissing  = "no Maildir"       // there is nothing to import
	StatusRefused  = "refused"          // the operator has to decide
	StatusFailed   = "failed"
)

// Report is what became of a mailbox, or would.
type Report struct {
	Maildir   string   `json:"maildir"`
	Login     string   `json:"login,omitempty"`
	Status    string   `json:"status"`
	Messages  int      `json:"messages"`
	Kept      int      `json:"kept"`      // messages that keep their UIDL
	New       int      `json:"new"`       // messages that the old server has not shown
	Again     int      `json:"again"`     // messages that clients will download again
	Changed   int      `json:"changed"`   // messages that get another UIDL than TPOPS has served them with last
	Ambiguous int      `json:"ambiguous"` // messages whose file is not known for certain
	Hidden    int      `json:"hidden"`    // messages that the old server did not show, see pop3_deleted_flag
	Encoded   int      `json:"encoded"`   // compressed messages
	Encrypted int      `json:"encrypted"`
	Unordered int      `json:"unordered"` // messages whose order the old server left open
	Notes     []string `json:"notes,omitempty"`
	Error     string   `json:"error,omitempty"`

	isCut bool // the end of the context is the error
}

// Failed reports whether the operator has something to do.
func (r *Report) Failed() bool {
	return r.Status == StatusFailed || r.Status == StatusRefused || r.Again > 0 && r.Status != StatusDone
}

// Mailbox imports a mailbox, or finds out what importing it would do. After an
// error, which is in the report, the mailbox is as it was.
func (im *Importer) Mailbox(ctx context.Context, j Job) *Report {
	r := &Report{Maildir: j.Maildir, Login: j.Login, Status: StatusReady}
	err := j.Err
	if err == nil {
		err = im.mailbox(ctx, j, r)
	}
	r.Status, r.Error = outcome(r.Status, err)
	r.isCut = errors.Is(err, context.Canceled)
	return r
}

// outcome returns the status of a mailbox after an error, or nil, and the error as text.
func outcome(status string, err error) (after, problem string) {
	switch {
	case err == nil:
		return status, ""
	case errors.Is(err, maildir.ErrNoMaildir):
		return StatusMissing, ""
	case status == StatusRefused:
		return status, err.Error()
	}
	return StatusFailed, err.Error()
}

func (im *Importer) mailbox(ctx context.Context, j Job, r *Report) error {
	s, err := maildir.OpenSurvey(ctx, j.Owner, j.Maildir, im.Roots, im.Log)
	if err != nil {
		return err
	}
	defer s.Close()
	if s.Imported() && !im.Replace {
		r.Status = StatusDone
		return im.learn(ctx, j, s, r)
	}
	messages, err := s.Messages(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", j.Maildir, err)
	}
	r.count(messages)
	o, err := im.Source.old(ctx, j, s, messages)
	if err != nil {
		return err
	}
	p := decide(messages, o)
	r.decided(o, p)
	if err := p.check(s); err != nil {
		return fmt.Errorf("%s: %w", j.Maildir, err)
	}
	if err := cmp.Or(im.allowed(r), im.unserved(s, p, r)); err != nil {
		return err
	}
	if !im.Apply {
		return nil
	}
	if err := s.Write(ctx, p.text); err != nil {
		return err
	}
	r.Status = StatusImported
	return nil
}

// count counts the messages of a mailbox.
func (r *Report) count(messages []maildir.Surveyed) {
	r.Messages = len(messages)
	for _, m := range messages {
		switch {
		case m.Coded == "mail_crypt":
			r.Encrypted++
		case m.Coded != "":
			r.Encoded++
		}
	}
}

// decided reports a plan.
func (r *Report) decided(o *old, p *plan) {
	r.Kept, r.New, r.Again = len(p.kept), p.fresh, p.again
	r.Ambiguous, r.Hidden, r.Unordered = o.ambiguous, len(o.hidden), o.unordered
	r.Notes = append(o.notes, p.notes...)
}

// allowed returns why a mailbox is imported only with Force.
func (im *Importer) allowed(r *Report) error {
	var why []string
	if r.Ambiguous > 0 {
		why = append(why, fmt.Sprintf("%d messages are ambiguous", r.Ambiguous))
	}
	if r.Hidden > 0 {
		why = append(why, fmt.Sprintf("%d messages that pop3_deleted_flag hides would be shown again", r.Hidden))
	}
	if why == nil || im.Force {
		return nil
	}
	r.Status = StatusRefused
	return errors.New(strings.Join(why, ", ") + "; --force imports it all the same")
}

// unserved counts the messages that TPOPS has shown clients with other UIDLs, and returns why
// a mailbox is imported only with Replace: clients would download them again. A mailbox may
// have lost the tpops_uidl that it was served with, or followed another server's list: then
// the import keeps what clients know.
func (im *Importer) unserved(s *maildir.Survey, p *plan, r *Report) error {
	c, err := s.Changes(p.text)
	r.Changed = c.Served
	if err == nil && !c.Known {
		r.Changed, err = unknown(s, p)
	}
	if err != nil || r.Changed == 0 || c.Repairs {
		return err
	}
	if c.Partial {
		r.Notes = append(r.Notes, "TPOPS may have served more messages with another UIDL: it keeps a sample")
	}
	if im.Replace {
		return nil
	}
	r.Status = StatusRefused
	return fmt.Errorf("TPOPS has served this mailbox, and messages (at least %d) would get other UIDLs: clients would download them again; --replace imports it all the same", r.Changed)
}

// unknown returns how many messages would get other UIDLs if it is not known which ones the
// mailbox was served with: those of names, if TPOPS has served it and followed no list.
func unknown(s *maildir.Survey, p *plan) (changed int, err error) {
	served, err := s.Served()
	if err != nil || !served {
		return 0, err
	}
	if follows, err := s.Follows(); err != nil || follows {
		return 0, err
	}
	return p.changed, nil
}
