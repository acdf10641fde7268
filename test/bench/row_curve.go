package main

import (
	"slices"
	"strings"

	"tpops/test/bench/peer"
	"tpops/test/bench/table"
)

// slowest is up to which number of messages, sessions or mailboxes servers are
// measured for which one point would otherwise take longer than all others.
const (
	dovecotMessages  = 100_000
	dovecotSessions  = 1_000 // 300 KiB each
	dovecotMailboxes = 1_000
	preforkMailboxes = 10_000
)

// curveRow: how cost grows with messages, mailboxes and sessions.
func curveRow(b *bench) error {
	for _, curve := range []func(*bench) error{messagesCurves, sessionsCurves, mailboxesCurves} {
		if err := curve(b); err != nil {
			return err
		}
	}
	return nil
}

// decades returns 10, 100 and so on up to most, and most itself if it is at least
// half as far again: where the limits of a machine end the curve.
func decades(most int) []int {
	var all []int
	last := 0
	for n := 10; n <= most; n *= 10 {
		all, last = append(all, n), n
	}
	if most >= last+last/2 {
		all = append(all, most)
	}
	return all
}

// newCurves adds curves that grow with the same number.
func (b *bench) newCurves(across string, all ...*table.Curve) []*table.Curve {
	for _, c := range all {
		c.Across = across
	}
	b.curves = append(b.curves, all...)
	return all
}

// point adds to a curve the medians of what was measured at one number.
func point(c *table.Curve, at int, found figures) {
	p := table.Point{At: float64(at), Cells: map[string]float64{}}
	for contender, values := range found.valid() {
		p.Cells[contender.column] = table.Median(values)
	}
	c.Points = append(c.Points, p)
}

// upTo returns kinds while n is at most a limit, and then nothing.
func upTo[T any](n, limit int, kinds []T) []T {
	if n > limit {
		return nil
	}
	return kinds
}

// oneShared returns the first Dovecot whose processes serve many sessions.
func (b *bench) oneShared() []peer.Kind { return b.shared()[:min(1, len(b.shared()))] }

// only returns the lineup with the columns that begin with one of the names.
func (l *lineup) only(names ...string) *lineup {
	part := *l
	part.contenders = slices.DeleteFunc(slices.Clone(l.contenders), func(c *contender) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(c.column, name) })
	})
	return &part
}

// curvePoint measures each server three times after a warm-up.
func (l *lineup) curvePoint(measure func(*contender) (float64, error)) (figures, error) {
	if err := l.warm(func(c *contender) error { _, err := measure(c); return err }); err != nil {
		return nil, err
	}
	return l.thrice(measure)
}

// thrice is rounds with as many of them as a point of a curve has.
func (l *lineup) thrice(measure func(*contender) (float64, error)) (figures, error) {
	return l.rounds(min(3, l.bench.size.rounds), measure)
}
