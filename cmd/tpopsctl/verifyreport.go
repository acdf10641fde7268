package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"tpops/pkg/verify"
)

// verifyStatus are what can come out for a user, the most urgent first, with the exit
// codes.
var verifyStatus = [...]struct {
	status string
	code   int
}{
	{verify.StatusUnreachable, exitNoServer},
	{verify.StatusBusy, exitTemporary},
	{verify.StatusRefused, exitRefused},
	{verify.StatusInvalid, exitData},
	{verify.StatusDifferent, exitPart},
	{verify.StatusEqual, 0},
}

// verified are the sums of all reports.
type verified struct {
	status map[string]int
	sum    verify.Report
}

// report compares the mailboxes and prints a report of each, and totals.
func (o *verifyOptions) report(ctx context.Context, c *verify.Checker, users []verify.Account, s streams) error {
	t := verified{status: map[string]int{}}
	bar := progress(len(users), s.err)
	together := isTerminal(s.out) && isTerminal(s.err) // The bar must not be in the way of the reports.
	var failure error
	c.Run(ctx, users, o.jobs, func(r *verify.Report) {
		t.add(r)
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
		t.print(s.out)
	}
	return errors.Join(failure, t.result(len(users)))
}

// print prints the report of a user.
func (o *verifyOptions) print(r *verify.Report, w io.Writer) error {
	if o.asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %s", r.Login, r.Status)
	if r.Error != "" {
		text.WriteString(": " + r.Error)
	} else {
		fmt.Fprintf(&text, ", %d messages%s", r.Messages, differing(r))
	}
	text.WriteByte('\n')
	for _, line := range r.Differences {
		text.WriteString("    " + line + "\n")
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// differing returns the numbers of a report that are not 0.
func differing(r *verify.Report) string {
	var all []string
	for _, c := range []struct {
		count int
		what  string
	}{
		{r.Again, "would be downloaded again"}, {r.Missing, "missing on the new server"}, {r.Moved, "out of order"},
		{r.Sizes, "with another size"}, {r.Inexact, "with a size that one server does not know exactly"},
	} {
		if c.count > 0 {
			all = append(all, fmt.Sprintf("%d %s", c.count, c.what))
		}
	}
	if all == nil {
		return ""
	}
	return ": " + strings.Join(all, ", ")
}

// add adds a report.
func (t *verified) add(r *verify.Report) {
	t.status[r.Status]++
	t.sum.Messages += r.Messages
	t.sum.Again += r.Again
	t.sum.Missing += r.Missing
	t.sum.Moved += r.Moved
	t.sum.Sizes += r.Sizes
	t.sum.Inexact += r.Inexact
}

// print prints the totals.
func (t *verified) print(w io.Writer) {
	var all []string
	for i := range verifyStatus {
		status := verifyStatus[len(verifyStatus)-1-i].status
		if n := t.status[status]; n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, status))
		}
	}
	fmt.Fprintf(w, "users: %s\nmessages: %d%s\n", strings.Join(all, ", "), t.sum.Messages, differing(&t.sum))
}

// result returns an error unless the lists of all of so many users are equal.
func (t *verified) result(count int) error {
	done := 0
	for _, n := range t.status {
		done += n
	}
	if done < count {
		return &failure{code: exitTemporary, err: fmt.Errorf("interrupted: %d users were not compared", count-done)}
	}
	for _, s := range verifyStatus {
		if s.code != 0 && t.status[s.status] > 0 {
			return &failure{code: s.code, err: fmt.Errorf("%d of %d users need a look", done-t.status[verify.StatusEqual], done)}
		}
	}
	return nil
}
