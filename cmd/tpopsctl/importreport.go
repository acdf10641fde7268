package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/sys/unix"

	"tpops/pkg/migrate"
)

// totals are the sums of all reports.
type totals struct {
	status map[string]int
	sum    migrate.Report
	failed int
}

// report imports the mailboxes and prints a report of each, and totals.
func (o *importOptions) report(ctx context.Context, im *migrate.Importer, jobs []migrate.Job, s streams) error {
	t := totals{status: map[string]int{}}
	bar := progress(len(jobs), s.err)
	together := isTerminal(s.out) && isTerminal(s.err) // The bar must not be in the way of the reports.
	var failure error
	im.Run(ctx, jobs, o.jobs, func(r *migrate.Report) {
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

// progress returns a progress bar, which is shown only on a terminal.
func progress(count int, w io.Writer) *progressbar.ProgressBar {
	return progressbar.NewOptions(count, progressbar.OptionSetWriter(w), progressbar.OptionSetVisibility(isTerminal(w)),
		progressbar.OptionSetDescription("mailboxes"), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// print prints the report of a mailbox.
func (o *importOptions) print(r *migrate.Report, w io.Writer) error {
	text := visible(fmt.Sprintf("%s: %s%s", r.Maildir, r.Status, details(r)), "")
	if o.asJSON {
		encoded, err := json.Marshal(r)
		if err != nil {
			return err
		}
		text = visibleJSON(encoded)
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

// counted are the numbers of a report that are printed if they are not 0.
func counted(r *migrate.Report) []string {
	var all []string
	for _, c := range []struct {
		count int
		what  string
	}{
		{r.Kept, "kept"}, {r.New, "new"}, {r.Again, "will be downloaded again"}, {r.Ambiguous, "ambiguous"},
		{r.Hidden, "hidden by pop3_deleted_flag"}, {r.Encoded, "compressed"}, {r.Encrypted, "encrypted"},
		{r.Unordered, "of one second, whose order was not defined"},
	} {
		if c.count > 0 {
			all = append(all, fmt.Sprintf("%d %s", c.count, c.what))
		}
	}
	return all
}

// messages returns how many messages a report is about, and what becomes of them.
func messages(r *migrate.Report) string {
	text := fmt.Sprintf("%d messages", r.Messages)
	if all := counted(r); len(all) > 0 {
		text += ": " + strings.Join(all, ", ")
	}
	return text
}

func details(r *migrate.Report) string {
	var text strings.Builder
	if r.Error != "" {
		text.WriteString(": " + r.Error)
	}
	if r.Messages > 0 {
		fmt.Fprintf(&text, ", %s", messages(r))
	}
	for _, note := range r.Notes {
		text.WriteString("; " + note)
	}
	return text.String()
}

// add adds a report.
func (t *totals) add(r *migrate.Report) {
	t.status[r.Status]++
	if r.Failed() {
		t.failed++
	}
	t.sum.Messages += r.Messages
	t.sum.Kept += r.Kept
	t.sum.New += r.New
	t.sum.Again += r.Again
	t.sum.Ambiguous += r.Ambiguous
	t.sum.Hidden += r.Hidden
	t.sum.Encoded += r.Encoded
	t.sum.Encrypted += r.Encrypted
	t.sum.Unordered += r.Unordered
}

// print prints the totals.
func (t *totals) print(applied bool, w io.Writer) {
	var all []string
	for _, status := range []string{migrate.StatusReady, migrate.StatusImported, migrate.StatusDone, migrate.StatusMissing,
		migrate.StatusRefused, migrate.StatusFailed} {
		if n := t.status[status]; n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, status))
		}
	}
	fmt.Fprintf(w, "mailboxes: %s\n", strings.Join(all, ", "))
	if t.sum.Messages > 0 {
		fmt.Fprintln(w, messages(&t.sum))
	}
	if t.status[migrate.StatusDone] > 0 {
		fmt.Fprintln(w, "mailboxes with a tpops_uidl were skipped: --replace imports them again")
	}
	if !applied && t.status[migrate.StatusReady] > 0 {
		fmt.Fprintln(w, "nothing was changed: --apply imports")
	}
}

// result returns an error unless all of so many mailboxes are well.
func (t *totals) result(count int) error {
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
