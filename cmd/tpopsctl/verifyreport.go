package main

import (
	"context"
	"errors"
	"fmt"
	"io"

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
	status statuses
	sum    verify.Report
}

// report compares the mailboxes and prints a report of each, and totals.
func (o *verifyOptions) report(ctx context.Context, c *verify.Checker, users []verify.Account, s streams) error {
	t := verified{status: statuses{}}
	printed := newReports(len(users), o.asJSON, s)
	c.Run(ctx, users, o.jobs, func(r *verify.Report) {
		t.add(r)
		printed.add(r, verifyText(r)...)
	})
	failure := printed.finish()
	if !o.asJSON {
		t.print(s.out)
	}
	return errors.Join(failure, t.result(len(users)))
}

// verifyText returns the report of a user as lines.
func verifyText(r *verify.Report) []string {
	numbers := ""
	if r.Error == "" {
		numbers = differing(r)
	}
	lines := []string{reportText(r.Login, r.Status, r.Error, numbers, nil)}
	for _, line := range r.Differences {
		lines = append(lines, "    "+line)
	}
	return lines
}

// differing returns how many messages a report is about, and how they differ.
func differing(r *verify.Report) string {
	return messagesText(r.Messages, countedText(
		counted{r.Again, "would be downloaded again"}, counted{r.Missing, "missing on the new server"},
		counted{r.Moved, "out of order"}, counted{r.Sizes, "with another size"},
		counted{r.Inexact, "with a size that one server does not know exactly"},
	))
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
	var order []string
	for i := range verifyStatus {
		order = append(order, verifyStatus[len(verifyStatus)-1-i].status)
	}
	fmt.Fprintf(w, "users: %s\n%s\n", t.status.text(order...), differing(&t.sum))
}

// result returns an error unless the lists of all of so many users are equal.
func (t *verified) result(count int) error {
	done := t.status.reported()
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
