package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tpops/pkg/migrate"
)

// totals are the sums of all reports.
type totals struct {
	status statuses
	sum    migrate.Report
	failed int
}

// report imports the mailboxes and prints a report of each, and totals.
func (o *importOptions) report(ctx context.Context, im *migrate.Importer, jobs []migrate.Job, s streams) error {
	t := totals{status: statuses{}}
	printed := newReports(len(jobs), o.asJSON, s)
	im.Run(ctx, jobs, o.jobs, func(r *migrate.Report) {
		t.add(r, o.isNamed(r.Status))
		printed.add(r, importText(r))
	})
	failure := printed.finish()
	if !o.asJSON && t.status.reported() > 0 {
		t.print(o.apply, s.out)
	}
	return errors.Join(failure, mailboxResult(ctx, t.status.reported(), t.failed, len(jobs)))
}

// isNamed reports whether a Maildir is missing that the operator has named.
func (o *importOptions) isNamed(status string) bool {
	return status == migrate.StatusMissing && !o.users && o.logins == ""
}

// importText returns the report of a mailbox as a line.
func importText(r *migrate.Report) string {
	numbers := ""
	if r.Messages > 0 {
		numbers = importedMessages(r)
	}
	return reportText(r.Maildir, r.Status, r.Error, numbers, r.Notes)
}

// importedMessages returns how many messages a report is about, and what becomes of
// them.
func importedMessages(r *migrate.Report) string {
	return messagesText(r.Messages, countedText(
		counted{r.Kept, "kept"}, counted{r.New, "new"}, counted{r.Again, "will be downloaded again"},
		counted{r.Changed, "served by TPOPS with another UIDL"},
		counted{r.Ambiguous, "ambiguous"}, counted{r.Hidden, "hidden by pop3_deleted_flag"},
		counted{r.Encoded, "compressed"}, counted{r.Encrypted, "encrypted"},
		counted{r.Unordered, "of one second, whose order was not defined"},
	))
}

// add adds a report. A mailbox that isMissing has failed.
func (t *totals) add(r *migrate.Report, isMissing bool) {
	t.status[r.Status]++
	if r.Failed() || isMissing {
		t.failed++
	}
	t.sum.Messages += r.Messages
	t.sum.Kept += r.Kept
	t.sum.New += r.New
	t.sum.Again += r.Again
	t.sum.Changed += r.Changed
	t.sum.Ambiguous += r.Ambiguous
	t.sum.Hidden += r.Hidden
	t.sum.Encoded += r.Encoded
	t.sum.Encrypted += r.Encrypted
	t.sum.Unordered += r.Unordered
}

// print prints the totals.
func (t *totals) print(applied bool, w io.Writer) {
	fmt.Fprintf(w, "mailboxes: %s\n", t.status.text(migrate.StatusReady, migrate.StatusImported, migrate.StatusDone,
		migrate.StatusMissing, migrate.StatusRefused, migrate.StatusFailed))
	if t.sum.Messages > 0 {
		fmt.Fprintln(w, importedMessages(&t.sum))
	}
	if t.status[migrate.StatusDone] > 0 {
		fmt.Fprintln(w, "mailboxes with a tpops_uidl were skipped: --replace imports them again")
	}
	if !applied && t.status[migrate.StatusReady] > 0 {
		fmt.Fprintln(w, "nothing was changed: --apply imports")
	}
}
