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
)

// reports prints the report of one mailbox or user after the other, and on a terminal
// how far the work is. Names in reports come from users and other servers, so what a
// terminal would obey is printed as escapes.
type reports struct {
	out      io.Writer
	asJSON   bool
	bar      *progressbar.ProgressBar
	together bool // The bar must not be in the way of the reports.
	begun    time.Time
	done     int // reports that the bar does not show yet
	shown    bool
	failed   error
}

// barAfter is how long the work may take without a bar.
const barAfter = time.Second

// newReports returns reports about so many mailboxes or users.
func newReports(count int, asJSON bool, s streams) *reports {
	return &reports{out: s.out, asJSON: asJSON, bar: progress(count, s.err), together: isTerminal(s.out) && isTerminal(s.err), begun: time.Now()}
}

// progress returns a progress bar, which is shown only on a terminal.
func progress(count int, w io.Writer) *progressbar.ProgressBar {
	return progressbar.NewOptions(count, progressbar.OptionSetWriter(w), progressbar.OptionSetVisibility(isTerminal(w)),
		progressbar.OptionSetDescription("mailboxes"), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	if o, ok := stream.(*output); ok {
		stream = o.Writer
	}
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// add prints a report, which is report as JSON or these lines. Without lines there is
// nothing to say.
func (p *reports) add(report any, lines ...string) {
	if len(lines) > 0 {
		p.clear()
	}
	p.failed = errors.Join(p.failed, p.print(report, lines))
	p.advance()
}

// clear removes the bar from the terminal, before something is printed.
func (p *reports) clear() {
	if p.together {
		_ = p.bar.Clear()
	}
}

// advance shows one more report on the bar.
func (p *reports) advance() {
	p.done++
	if time.Since(p.begun) >= barAfter {
		_ = p.bar.Add(p.done)
		p.done, p.shown = 0, true
	}
}

func (p *reports) print(report any, lines []string) error {
	if p.asJSON {
		encoded, err := json.Marshal(report)
		if err != nil {
			return err
		}
		lines = []string{visibleJSON(encoded)}
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(p.out, visible(line, "")); err != nil {
			return err
		}
	}
	return nil
}

// finish ends the progress bar, and returns what could not be printed.
func (p *reports) finish() error {
	if p.shown { // A bar that is not shown would appear for a moment.
		_ = p.bar.Finish()
	}
	return p.failed
}

// counted is a number of a report, and what it counts.
type counted struct {
	count int
	what  string
}

// countedText returns the numbers that are not 0, separated by commas.
func countedText(all ...counted) string {
	var parts []string
	for _, c := range all {
		if c.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.count, c.what))
		}
	}
	return strings.Join(parts, ", ")
}

// statuses counts reports by their status.
type statuses map[string]int

// text returns how many reports have each status, in this order.
func (s statuses) text(order ...string) string {
	var all []counted
	for _, status := range order {
		all = append(all, counted{s[status], status})
	}
	return countedText(all...)
}

// reported returns how many reports there were.
func (s statuses) reported() (count int) {
	for _, n := range s {
		count += n
	}
	return count
}

// reportText returns the line of a report: of what, its status, its error, the numbers of
// messages, and notes.
func reportText(name, status, problem, numbers string, notes []string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %s", name, status)
	if problem != "" {
		text.WriteString(": " + strings.TrimPrefix(problem, name+": ")) // Errors of a Maildir begin with its path.
	}
	if numbers != "" {
		text.WriteString(", " + numbers)
	}
	for _, note := range notes {
		text.WriteString("; " + note)
	}
	return text.String()
}

// messagesText returns how many messages a report is about, and what becomes of them.
func messagesText(count int, numbers string) string {
	if numbers == "" {
		return amount(count, "message")
	}
	return amount(count, "message") + ": " + numbers
}

// mailboxResult returns an error unless all of count mailboxes were reported on and none
// failed. After a signal, which ends ctx, the signal may be why one has failed.
func mailboxResult(ctx context.Context, reported, failed, count int) error {
	switch {
	case reported < count:
		return &failure{code: exitTemporary, err: fmt.Errorf("interrupted: %d mailboxes were not looked at; run it again", count-reported)}
	case failed > 0 && ctx.Err() != nil:
		return errInterrupted
	case failed > 0:
		return &failure{code: exitPart, err: fmt.Errorf("%d of %d mailboxes need a look", failed, count)}
	}
	return nil
}
