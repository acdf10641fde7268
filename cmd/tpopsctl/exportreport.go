package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"tpops/pkg/migrate"
)

// exported are the sums of all reports.
type exported struct {
	status map[string]int
	sum    migrate.ExportReport
	failed int
}

// report exports the mailboxes and prints a report of each, and totals.
func (o *exportOptions) report(ctx context.Context, ex *migrate.Exporter, jobs []migrate.Job, s streams) error {
	t := exported{status: map[string]int{}}
	bar := progress(len(jobs), s.err)
	together := isTerminal(s.out) && isTerminal(s.err) // The bar must not be in the way of the reports.
	var failure error
	ex.Run(ctx, jobs, o.jobs, func(r *migrate.ExportReport) {
		t.add(r)
		if r.Status == migrate.StatusMissing && !o.users && o.logins == "" {
			t.failed++ // The operator has named it.
		}
		if together {
			_ = bar.Clear()
		}
		if err := o.print(r, s.out); err != nil {
			failure = errors.Join(failure, err)
		}
		_ = bar.Add(1)
	})
	_ = bar.Finish()
	if !o.asJSON {
		t.print(o.apply, s.out)
	}
	return errors.Join(failure, t.result(len(jobs)))
}

// print prints the report of a mailbox.
func (o *exportOptions) print(r *migrate.ExportReport, w io.Writer) error {
	if o.asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %s", r.Maildir, r.Status)
	if r.Error != "" {
		text.WriteString(": " + r.Error)
	}
	if r.Messages > 0 {
		fmt.Fprintf(&text, ", %d messages%s", r.Messages, countedOut(r))
	}
	for _, note := range r.Notes {
		text.WriteString("; " + note)
	}
	text.WriteByte('\n')
	_, err := io.WriteString(w, text.String())
	return err
}

// countedOut returns the numbers of a report that are not 0.
func countedOut(r *migrate.ExportReport) string {
	var all []string
	for _, c := range []struct {
		count int
		what  string
	}{
		{r.Kept, "listed already"}, {r.Saved, "with their UIDL saved"}, {r.Numbered, "with the number in their UIDL"},
		{r.Again, "will be downloaded again"}, {r.Moved, "out of order"},
	} {
		if c.count > 0 {
			all = append(all, fmt.Sprintf("%d %s", c.count, c.what))
		}
	}
	if r.Ordered {
		all = append(all, "order written")
	}
	if all == nil {
		return ""
	}
	return ": " + strings.Join(all, ", ")
}

// add adds a report.
func (t *exported) add(r *migrate.ExportReport) {
	t.status[r.Status]++
	if r.Failed() {
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
	var all []string
	for _, status := range []string{migrate.StatusReady, migrate.StatusExported, migrate.StatusGood, migrate.StatusUnserved,
		migrate.StatusMissing, migrate.StatusRefused, migrate.StatusFailed} {
		if n := t.status[status]; n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, status))
		}
	}
	fmt.Fprintf(w, "mailboxes: %s\n", strings.Join(all, ", "))
	if t.sum.Messages > 0 {
		fmt.Fprintf(w, "messages: %d%s\n", t.sum.Messages, countedOut(&t.sum))
	}
	if !applied && t.status[migrate.StatusReady] > 0 {
		fmt.Fprintln(w, "nothing was changed: --apply exports")
	}
}

// result returns an error unless all of so many mailboxes are well.
func (t *exported) result(count int) error {
	done := 0
	for _, n := range t.status {
		done += n
	}
	switch {
	case done < count:
		return &failure{code: exitTemporary, err: fmt.Errorf("interrupted: %d mailboxes were not looked at; run it again", count-done)}
	case t.failed > 0:
		return &failure{code: exitPart, err: fmt.Errorf("%d of %d mailboxes need a look", t.failed, count)}
	}
	return nil
}
