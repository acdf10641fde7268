package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
	"tpops/pkg/pop3"
)

// report prints what has become of a message, and counts it.
func (o *undoOptions) report(j migrate.Job, one maildir.Undeleted, t *undoTotals, s streams) error {
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
	line := reportText(row.UIDL, row.Status, row.Error, "", notes)
	_, err := fmt.Fprintln(s.out, visible(line, ""))
	return err
}

// undoTotals counts messages.
type undoTotals struct {
	back, failed int
	locked       bool
}

// fail reports a mailbox that could not be used.
func (t *undoTotals) fail(j migrate.Job, err error, s streams) {
	t.failed++
	t.locked = t.locked || errors.Is(err, pop3.ErrLocked)
	fmt.Fprintln(s.err, visible(reportText(j.Maildir, "failed", err.Error(), "", nil), ""))
}

// result prints the totals and returns the error of the command.
func (o *undoOptions) result(t *undoTotals, s streams) error {
	switch {
	case t.locked:
		return &failure{code: exitTemporary, err: errors.New("a session uses the mailbox: run it again, or end the session with tpopsctl kick")}
	case t.back+t.failed == 0:
		return &failure{code: exitPart, err: errors.New("no message that was kept matches: tpopsctl deleted USER lists those of a user")}
	case t.failed > 0:
		return &failure{code: exitPart, err: fmt.Errorf("%d messages were put back, %d failures", t.back, t.failed)}
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
