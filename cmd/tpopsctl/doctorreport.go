package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
)

// examined is what was found in a mailbox.
type examined struct {
	job    migrate.Job
	health *maildir.Health
	err    error
}

// doctorTotals counts what was found.
type doctorTotals struct {
	quiet                           bool // mailboxes without faults are not listed
	isNamed                         bool // a Maildir that is missing is a fault
	asJSON                          bool
	mailboxes, ill, faults, missing int
}

// report prints the report of a mailbox, and counts it.
func (t *doctorTotals) report(printed *reports, e examined) {
	if errors.Is(e.err, context.Canceled) {
		return // The mailbox counts as not looked at.
	}
	faults := t.count(e)
	switch {
	case t.asJSON:
		printed.add(newHealthReport(e))
	case t.isMissing(e), t.quiet && e.err == nil && !e.isWorthALook():
		printed.add(nil)
	case e.err != nil:
		printed.add(nil, failedText(e.job.Maildir, e.err))
	default:
		_, notes := e.health.Faults()
		printed.add(nil, e.lines(faults, notes)...)
	}
}

// count counts a mailbox, and returns the number of its faults.
func (t *doctorTotals) count(e examined) (faults int) {
	t.mailboxes++
	if t.isMissing(e) {
		t.missing++
		return 0
	}
	if e.err == nil {
		faults, _ = e.health.Faults()
	}
	if t.faults += faults; e.err != nil || faults > 0 {
		t.ill++
	}
	return faults
}

// isMissing reports whether a user has no mailbox yet.
func (t *doctorTotals) isMissing(e examined) bool {
	return !t.isNamed && errors.Is(e.err, maildir.ErrNoMaildir)
}

// isWorthALook reports whether there is a fault, repaired or not.
func (e examined) isWorthALook() bool {
	for _, found := range e.health.Findings {
		if !found.Fault.Note {
			return true
		}
	}
	return false
}

// print prints the totals.
func (t *doctorTotals) print(w io.Writer) error {
	if t.mailboxes < 2 && !t.quiet { // Without faults, --users lists nothing.
		return nil
	}
	_, err := fmt.Fprintf(w, "mailboxes: %d ok, %d no Maildir, %d with faults or unreadable; faults: %d\n",
		t.mailboxes-t.ill-t.missing, t.missing, t.ill, t.faults)
	return err
}

// doctorColumns returns the columns of the table.
func doctorColumns() []column {
	return []column{{title: "FAULT", width: 17}, {title: "COUNT", width: 7, right: true}, {title: "FIXED", width: 7, right: true}, {title: "FIRST", width: 66}}
}

// lines returns the report of a mailbox as lines.
func (e examined) lines(faults, notes int) []string {
	summary := "no faults"
	switch {
	case faults > 0 && notes > 0:
		summary = amount(faults, "fault") + ", " + amount(notes, "note")
	case faults > 0:
		summary = amount(faults, "fault")
	case notes > 0:
		summary = amount(notes, "note")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", visible(e.job.Maildir, ""), summary)
	if e.health.Messages >= 0 {
		b.WriteString(", " + amount(e.health.Messages, "message"))
	}
	b.WriteByte('\n')
	if len(e.health.Findings) > 0 {
		_ = writeTitles(&b, doctorColumns())
	}
	for _, found := range e.health.Findings {
		writeFinding(&b, found)
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// writeFinding writes a row and what to know about it.
func writeFinding(b *strings.Builder, found maildir.Finding) {
	fixed := strconv.Itoa(found.Repaired)
	if found.Fault.Note {
		fixed = "note"
	}
	_ = writeRow(b, doctorColumns(), []string{found.Fault.Name, strconv.Itoa(found.Count), fixed, exampleText(found.Examples[0])})
	for _, other := range found.Examples[1:] {
		_ = writeRow(b, doctorColumns(), []string{"", "", "", exampleText(other)})
	}
	writeWrapped(b, "effect: ", found.Fault.Effect)
	do := found.Fault.Do
	if found.Fault.Fixed && found.Repaired == 0 && found.Failed == nil {
		do += " --fix does this."
	}
	if found.Repaired < found.Count {
		writeWrapped(b, "do: ", do)
	}
	if found.Failed != nil {
		writeWrapped(b, "not repaired: ", visible(found.Failed.Error(), ""))
	}
}

// exampleText returns a place with a fault.
func exampleText(e maildir.Example) string {
	switch {
	case e.Detail == "":
		return e.File
	case e.File == "":
		return e.Detail
	}
	return e.File + " (" + e.Detail + ")"
}

// writeWrapped writes a text in lines of at most 100 characters.
func writeWrapped(b *strings.Builder, title, text string) {
	const width, indent = 100, "    "
	line := indent + title
	for i, word := range strings.Fields(text) {
		if i > 0 && len(line)+1+len(word) > width {
			b.WriteString(line + "\n")
			line = indent + indent
		} else if i > 0 {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
}
