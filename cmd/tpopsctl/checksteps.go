package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode/utf8"

	"tpops/pkg/backend"
	"tpops/pkg/backend/logincheck"
	"tpops/pkg/backend/scramstate"
	"tpops/pkg/backend/userdb"
)

// Widths of the table of steps, in characters.
const (
	stepWidth   = 13
	statusWidth = 8
	textWidth   = 100 - stepWidth - statusWidth
)

// writeStep writes a step as a row of a table. A long text continues in further rows.
func writeStep(w io.Writer, step logincheck.Step) error {
	name, status := cut(visible(step.Name, ""), stepWidth-1), cut(visible(step.Status, ""), statusWidth-1)
	for _, line := range wrap(visible(step.Text, ""), textWidth) {
		if _, err := fmt.Fprintf(w, "%-*s%-*s%s\n", stepWidth, name, statusWidth, status, line); err != nil {
			return err
		}
		name, status = "", ""
	}
	return nil
}

// wrap returns the lines of a text with at most so many characters, broken at spaces if
// possible.
func wrap(text string, width int) []string {
	var lines []string
	for utf8.RuneCountInString(text) > width {
		head := string([]rune(text)[:width])
		if i := strings.LastIndexByte(head, ' '); i > 0 {
			head = head[:i]
		}
		lines = append(lines, head)
		text = strings.TrimPrefix(text[len(head):], " ")
	}
	return append(lines, text)
}

// checkHere answers the question in this process, and prints the steps.
func (o *checkOptions) checkHere(ctx context.Context, q *logincheck.Question, s streams, report *logincheck.Report) error {
	c, err := loadConfig(ctx, o.config, s)
	if err != nil {
		return err
	}
	defer c.release(s)
	asked := "as ordered"
	if !o.offline {
		asked = "because tpops is not running"
	}
	fmt.Fprintf(s.err, "Checked by this process (%s), with its own ids and without the sandbox of the service.\n", asked)
	env := &backend.Environment{Log: slog.New(slog.DiscardHandler), Verifier: backend.NewVerifier(&scramstate.State{}, nil), PAM: &userdb.PAM{}}
	defer env.PAM.Close()
	b, err := backend.Open(c.Config, env)
	if err != nil {
		return &failure{code: exitData, err: err}
	}
	defer b.Release()
	checker := &logincheck.Checker{Config: c.Config, Backend: b, Open: logincheck.Opener(c.Config, b.Backend, env.Log, backend.Kept{})}
	*report = *checker.Run(ctx, q)
	for _, step := range report.Steps {
		if err := o.print(step, s); err != nil {
			return err
		}
	}
	return nil
}
