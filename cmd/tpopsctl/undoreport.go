package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"log/syslog"
	"os"

	"tpops/pkg/eventlog"
	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// report prints what has become of the messages of a mailbox, counts them, and logs them.
func (o *undoOptions) report(u undone, t *undoTotals, s streams) {
	if len(u.messages) > 0 || u.err != nil {
		t.reports.clear()
	}
	before := t.back
	for _, one := range u.messages {
		t.reports.failed = errors.Join(t.reports.failed, o.message(u.job, one, t, s))
	}
	if n := t.back - before; n > 0 && !o.dryRun {
		if err := t.log(u.job, o.session, n); err != nil {
			fmt.Fprintln(s.err, visible("the journal has no record of this: "+err.Error(), ""))
		}
	}
	if u.err != nil && !errors.Is(u.err, context.Canceled) {
		t.failed++
		t.locked = t.locked || errors.Is(u.err, pop3.ErrLocked)
		fmt.Fprintln(s.err, visible(failedText(u.job.Maildir, u.err), ""))
	}
	t.reports.advance()
}

// message prints what has become of a message, and counts it.
func (o *undoOptions) message(j migrate.Job, one maildir.Undeleted, t *undoTotals, s streams) error {
	row := rowOf(j, one.DeletedMessage)
	row.Now = one.Now
	switch {
	case o.dryRun:
		t.back++
		row.Status = "would be put back"
	case one.Err != nil:
		t.failed++
		row.Status, row.Error = "not put back", one.Err.Error()
	default:
		t.back++
		row.Status = "put back"
	}
	if o.asJSON {
		return writeJSON(s.out, row)
	}
	var notes []string
	if one.Now != "" && one.Now != one.UIDL {
		notes = []string{"its UIDL is now " + one.Now}
	}
	line := reportText(cmp.Or(j.Login, j.Maildir)+": "+row.UIDL, row.Status, row.Error, "", notes)
	_, err := fmt.Fprintln(s.out, visible(line, ""))
	return err
}

// undoTotals counts messages.
type undoTotals struct {
	reports         *reports
	journal, syslog string        // where the record of the work goes
	events          *eventlog.Log // nil before the first record
	back, failed    int
	locked          bool
}

// log logs that messages of a mailbox were put back.
func (t *undoTotals) log(j migrate.Job, session string, messages int) (err error) {
	if t.events == nil {
		if err := t.findLog(); err != nil {
			return err
		}
		if t.events, err = eventlog.Open(eventlog.Config{Journal: t.journal, Syslog: t.syslog}); err != nil {
			return err
		}
	}
	attrs := []any{slog.String("maildir", j.Maildir), slog.Int("files", messages), slog.Int("uid", os.Getuid())}
	if j.Login != "" {
		attrs = append(attrs, slog.String("user", j.Login))
	}
	if session != "" {
		attrs = append(attrs, slog.String("session", session))
	}
	t.events.Logger().Info("deleted messages put back", attrs...)
	return nil
}

// findLog returns an error if neither journald nor the system log can be reached: a log without
// them loses records without an error.
func (t *undoTotals) findLog() error {
	to, err := sd.DialJournal(t.journal)
	if err == nil {
		return to.Close()
	}
	if t.syslog == "" || t.syslog == "none" {
		return err
	}
	system, syslogErr := syslog.New(syslog.LOG_INFO, "tpopsctl")
	if syslogErr != nil {
		return errors.Join(err, syslogErr)
	}
	return system.Close()
}

// closeLog waits until the records are written.
func (t *undoTotals) closeLog() error {
	if t.events == nil {
		return nil
	}
	return t.events.Close()
}

// result prints the totals and returns the error of the command.
func (o *undoOptions) result(t *undoTotals, s streams) error {
	switch {
	case t.locked:
		return &failure{code: exitTemporary, err: errors.New("a session uses the mailbox: run it again, or end the session with tpopsctl kick")}
	case t.back+t.failed == 0:
		return &failure{code: exitPart, err: errors.New("no message that was kept matches: tpopsctl deleted USER lists those of a user")}
	case t.failed > 0:
		return &failure{code: exitPart, err: fmt.Errorf("messages put back: %d, failures: %d", t.back, t.failed)}
	}
	if o.asJSON {
		return nil
	}
	what := "put back"
	if o.dryRun {
		what = "that would be put back"
	}
	_, err := fmt.Fprintf(s.out, "messages %s: %d\n", what, t.back)
	return err
}

// writeJSON prints a value as one line.
func writeJSON(w io.Writer, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, visibleJSON(encoded))
	return err
}
