package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tpops/pkg/migrate"
)

// exported are the sums of all reports.
type exported struct {
	status statuses
	sum    migrate.ExportReport
	failed int
}

// report exports the mailboxes and prints a report of each, and totals.
func (o *exportOptions) report(ctx context.Context, ex *migrate.Exporter, jobs []migrate.Job, s streams) error {
	t := exported{status: statuses{}}
	printed := newReports(len(jobs), o.asJSON, s)
	ex.Run(ctx, jobs, o.jobs, func(r *migrate.ExportReport) {
		t.add(r, o.isNamed(r.Status))
		printed.add(r, exportText(r))
	})
	failure := printed.finish()
	if !o.asJSON && t.status.reported() > 0 {
		t.print(o.apply, s.out)
	}
	return errors.Join(failure, mailboxResult(ctx, t.status.reported(), t.failed, len(jobs)))
}

// exportText returns the report of a mailbox as a line.
func exportText(r *migrate.ExportReport) string {
	numbers := ""
	if r.Messages > 0 {
		numbers = exportedMessages(r)
	}
	return reportText(r.Maildir, r.Status, r.Error, numbers, r.Notes)
}

// exportedMessages returns how many messages a report is about, and what becomes of
// them.
func exportedMessages(r *migrate.ExportReport) string {
	numbers := countedText(
		counted{r.Kept, "listed already"}, counted{r.Saved, "with their UIDL saved"},
		counted{r.Numbered, "with the number in their UIDL"}, counted{r.Again, "will be downloaded again"},
		counted{r.Moved, "out of order"},
	)
	switch {
	case r.Ordered && numbers == "":
		numbers = "order written"
	case r.Ordered:
		numbers += ", order written"
	}
	return messagesText(r.Messages, numbers)
}

// add adds a report. A mailbox that isMissing has failed.
func (t *exported) add(r *migrate.ExportReport, isMissing bool) {
	t.status[r.Status]++
	if r.Failed() || isMissing {
		t.failed++
	}
	t.sum.Messages += r.Messages
	t.sum.Kept += r.Kept
	t.sum.Saved += r.Saved
	t.sum.Numbered += r.Numbered
	t.sum.Again += r.Again
	t.sum.Moved += r.Moved
}

// print prints the totals.
func (t *exported) print(applied bool, w io.Writer) {
	fmt.Fprintf(w, "mailboxes: %s\n", t.status.text(migrate.StatusReady, migrate.StatusExported, migrate.StatusGood,
		migrate.StatusUnserved, migrate.StatusMissing, migrate.StatusRefused, migrate.StatusFailed))
	if t.sum.Messages > 0 {
		fmt.Fprintln(w, exportedMessages(&t.sum))
	}
	if !applied && t.status[migrate.StatusReady] > 0 {
		fmt.Fprintln(w, "nothing was changed: --apply exports")
	}
}
