package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tpops/test/bench/table"
)

// entry is a row of the table in README.md: of one work, or of the same work in two ways.
type entry struct {
	name   string
	model  string // column of TPOPS
	unit   string
	higher bool // more is better
	works  []string
}

// entries are the rows, in their order.
func entries() []entry {
	const thread, prefork = "thread", "prefork"
	return []entry{
		{"processor time of a poll (login, STAT, QUIT), 100 messages", thread, "ms", false, []string{"CPU per poll, 100 messages"}},
		{"the same, 10,000 messages", thread, "ms", false, []string{"CPU per poll, 10,000 messages"}},
		{"login, LIST and UIDL of 100,000 messages", thread, "ms", false, []string{"login, LIST, UIDL of 100,000"}},
		{"the same, server just started", thread, "ms", false, []string{"login, LIST, UIDL of 100,000, process just started"}},
		{"RETR of a message of 20 MiB, one client; with TLS", thread, "MB/s", true, []string{"RETR 20 MiB, 1 client", "RETR 20 MiB, 1 client, TLS"}},
		{"RETR of messages of 2 KB, 4 clients; with TLS", thread, "a second", true, []string{"RETR of 2 KB, 4 clients", "RETR of 2 KB, 4 clients, TLS"}},
		{"TOP without lines of the body, 4 clients", thread, "a second", true, []string{"TOP n 0, 4 clients"}},
		{"sessions that fetch and delete 20 messages, 4 clients", thread, "a second", true, []string{"fetch and delete 20, 4 clients"}},
		{"mixed sessions, most without new mail, 8 clients", thread, "a second", true, []string{"mixed day, 8 clients"}},
		{"memory of a waiting session; with TLS", thread, "KiB", false, []string{"waiting session of 5,000, after login", "waiting session of 5,000, after login, TLS"}},
		{"poll, empty mailbox; 100 messages, `\"prefork\"`", prefork, "ms", false, []string{"CPU per poll, 0 messages", "CPU per poll, 100 messages"}},
		{"private memory of a child, `\"prefork\"`", prefork, "MiB", false, []string{"private memory of a child at work, 6,000 users"}},
		{"processor time to start a child, `\"prefork\"`", prefork, "ms", false, []string{"starting a process when all are busy, CPU"}},
	}
}

// contestants are the columns beside TPOPS. Each shows its best figure.
func contestants() []string { return []string{table.Dovecot, "Courier"} }

// comparison returns the section of README.md for a measurement.
func comparison(measured string) (string, error) {
	lines, err := table.ReadFigures(measured)
	if err != nil {
		return "", err
	}
	rows := [][]string{append([]string{"", "TPOPS, `parallel-type = \"thread\"`"}, contestants()...)}
	widest := 0.0
	for _, e := range entries() {
		found, err := e.lines(lines)
		if err != nil {
			return "", err
		}
		rows = append(rows, e.row(found))
		for _, l := range found {
			widest = max(widest, l.Spread["spread"])
		}
	}
	return table.Markdown(rows) + "\n" + caption(measured, widest), nil
}

// lines returns the lines of the works, with the direction in which they are better.
func (e entry) lines(all []*table.Line) ([]*table.Line, error) {
	var found []*table.Line
	for _, work := range e.works {
		i := slices.IndexFunc(all, func(l *table.Line) bool { return l.Work == work })
		if i < 0 || math.IsNaN(all[i].Cell(e.model)) {
			return nil, fmt.Errorf("no figure of %s for %q: measure all rows with BENCH=full", e.model, work)
		}
		all[i].Higher = e.higher
		found = append(found, all[i])
	}
	return found, nil
}

// row returns the cells.
func (e entry) row(lines []*table.Line) []string {
	cells := []string{e.name}
	for _, column := range append([]string{e.model}, contestants()...) {
		var parts []string
		for _, l := range lines {
			parts = append(parts, e.figure(l, column))
		}
		cell := strings.Join(parts, "; ") + " " + e.unit
		if strings.Trim(cell, "–; ") == e.unit {
			cell = "–"
		}
		cells = append(cells, cell)
	}
	return cells
}

// figure returns a figure, which is bold if it is better than that of TPOPS.
func (e entry) figure(l *table.Line, column string) string {
	own := l.Cell(e.model)
	if column == e.model {
		return table.Short(own)
	}
	v := l.Best(column)
	text := table.Short(v)
	if better := v > own == e.higher && v != own; better && !math.IsNaN(v) && text != table.Short(own) {
		return "**" + text + "**"
	}
	return text
}

// caption returns what a reader must know of the figures.
func caption(measured string, widest float64) string {
	paragraphs := strings.SplitN(measured, "\n\n", 4)
	machine, _, _ := strings.Cut(paragraphs[1], " Load average:")
	text := "Measured on " + machine + "\n"
	if strings.HasPrefix(paragraphs[2], "Servers: ") {
		text += paragraphs[2] + "\n"
	}
	return text + fmt.Sprintf("Dovecot shows the best figure of all its versions and configurations. A figure that is better than that of TPOPS is\n"+
		"bold; a dash means not measured. The measurements of one figure differ by up to %.0f %%: small differences mean nothing.\n", 100*widest)
}
