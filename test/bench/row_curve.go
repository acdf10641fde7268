package main

import (
	"fmt"
	"slices"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/table"
)

// curveRow: how cost grows with messages, mailboxes and sessions.
func curveRow(b *bench) error {
	for _, curve := range []func(*bench) error{messagesCurve, mailboxesCurve, sessionsCurve} {
		if err := curve(b); err != nil {
			return err
		}
	}
	return nil
}

// decades returns 10, 100 and so on up to most.
func decades(most int) []int {
	var all []int
	for n := 10; n <= most; n *= 10 {
		all = append(all, n)
	}
	return all
}

// point returns the medians of what was measured at one number.
func point(at int, found figures) table.Point {
	p := table.Point{At: float64(at), Cells: map[string]float64{}}
	for c, values := range found {
		p.Cells[c.column] = table.Median(values)
	}
	return p
}

// messagesCurve: one client polls a mailbox with more and more messages.
func messagesCurve(b *bench) error {
	curve := &table.Curve{Title: "CPU per poll against messages", Across: "messages", Unit: "ms"}
	for _, n := range decades(b.size.curve) {
		b.progress("curve: polls of %d messages", n)
		l, err := b.lineup(field{boxes: mail.Boxes("p", 1, n, 100), spare: 2,
			kinds: slices.Concat(b.tpops("thread", "prefork"), b.dovecots, b.null())})
		if err != nil {
			return err
		}
		sessions := polls("p", 1)
		found, err := l.curvePoint(func(c *contender) (float64, error) { return cpuPerPoll(c, b.size.window, sessions) })
		l.close()
		if err != nil {
			return err
		}
		curve.Points = append(curve.Points, point(n, found))
	}
	b.curves = append(b.curves, curve)
	return nil
}

// curvePoint measures each server three times after a warm-up.
func (l *lineup) curvePoint(measure func(*contender) (float64, error)) (figures, error) {
	if err := l.warm(func(c *contender) error { _, err := measure(c); return err }); err != nil {
		return nil, err
	}
	return l.rounds(min(3, l.bench.size.rounds), measure)
}

// mailboxesCurve: more and more mailboxes are polled in turn.
func mailboxesCurve(b *bench) error {
	curve := &table.Curve{Title: "CPU per poll against mailboxes polled in turn", Across: "mailboxes", Unit: "ms"}
	for _, n := range decades(b.size.mailboxes) {
		b.progress("curve: %d mailboxes", n)
		l, err := b.lineup(field{boxes: mail.Boxes("n", n, 10, 200), spare: pollers,
			kinds: slices.Concat(b.tpops("thread", "prefork"), b.shared())})
		if err != nil {
			return err
		}
		sessions := polls("n", n)
		found, err := l.curvePoint(func(c *contender) (float64, error) { return pollInTurn(c, sessions) })
		l.close()
		if err != nil {
			return err
		}
		curve.Points = append(curve.Points, point(n, found))
	}
	b.curves = append(b.curves, curve)
	return nil
}

// sessionsCurve: memory of more and more sessions that wait after login.
func sessionsCurve(b *bench) error {
	curve := &table.Curve{Title: "memory of the server against waiting sessions", Across: "sessions", Unit: "MiB"}
	for _, n := range decades(b.sessions(b.size.curveCrowd)) {
		b.progress("curve: %d sessions", n)
		mailboxes := max(1, n/sharing)
		l, err := b.lineup(field{boxes: mail.Boxes("c", mailboxes, 1, small), sessions: n + 20, params: []string{"--maildir-lock=no"},
			kinds: slices.Concat(b.tpops("thread"), b.shared(), b.null())})
		if err != nil {
			return err
		}
		found, err := l.rounds(1, func(c *contender) (float64, error) { return l.crowdMemory(c, n, mailboxes) })
		l.close()
		if err != nil {
			return fmt.Errorf("%d sessions: %w", n, err)
		}
		curve.Points = append(curve.Points, point(n, found))
	}
	b.curves = append(b.curves, curve)
	return nil
}

// crowdMemory returns the memory of a server with n sessions in MiB.
func (l *lineup) crowdMemory(c *contender, n, mailboxes int) (float64, error) {
	conns, err := dialMany(c.Target, n, load.Buffer())
	defer func() { closeAll(conns) }()
	if err != nil {
		return 0, err
	}
	if err := logInCrowd(c, conns, mailboxes); err != nil {
		return 0, err
	}
	return l.settledMemory(c)
}
