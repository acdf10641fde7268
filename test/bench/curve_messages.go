package main

import (
	"errors"
	"slices"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/table"
)

// The default of mailbox-cache, 64 MiB, holds a mailbox of cachedMessages, and as many
// as cachedMailboxes of ten messages, but not ten times as many.
const (
	cachedMessages  = 100_000
	cachedMailboxes = 10_000
)

// messagesCurves: one client looks at a mailbox with more and more messages.
func messagesCurves(b *bench) error {
	curves := b.newCurves("messages",
		&table.Curve{Name: "first-look", Title: "first look ever, exact sizes by reading", Unit: "ms"},
		&table.Curve{Name: "new-process", Title: "login, LIST, UIDL in a process that has just started, index on disk", Unit: "ms"},
		&table.Curve{Name: "list", Title: "login, LIST, UIDL of an unchanged mailbox", Unit: "ms", Cached: cachedMessages},
		&table.Curve{Name: "poll", Title: "CPU per poll of an unchanged mailbox", Unit: "ms", Cached: cachedMessages},
	)
	for _, n := range decades(b.size.curve) {
		b.progress("curve: %d messages", n)
		// What was measured is not lost if the run ends early.
		if err := errors.Join(b.messagesPoint(n, curves), b.report(b.out)); err != nil {
			return err
		}
	}
	return nil
}

// messagesPoint measures all curves in one mailbox.
func (b *bench) messagesPoint(n int, curves []*table.Curve) error {
	box := mail.Box{User: mail.User("p", 0), Messages: n, Octets: 100}
	l, err := b.lineup(field{boxes: []mail.Box{box, {User: "other"}}, exact: true, only: true, spare: 2,
		kinds: slices.Concat(b.tpops("thread", "prefork"), upTo(n, dovecotMessages, b.oneShared()), b.null())})
	if err != nil {
		return err
	}
	defer l.close()
	one := l.only("thread", "Dovecot") // A first look costs the same in all models.
	real := l.only("thread", "prefork", "Dovecot")
	if err := one.firstPoint(box, curves[0], n); err != nil {
		return err
	}
	buf := load.Buffer()
	if err := real.warm(func(c *contender) error { return complete(c, box, buf) }); err != nil {
		return err
	}
	found, err := one.thrice(func(c *contender) (float64, error) {
		if err := c.restartFor(false, "other", buf); err != nil {
			return 0, err
		}
		return look(c, box.User, buf)
	})
	if err != nil {
		return err
	}
	point(curves[1], n, found)
	if found, err = real.curvePoint(func(c *contender) (float64, error) { return look(c, box.User, buf) }); err != nil {
		return err
	}
	point(curves[2], n, found)
	sessions := polls("p", 1)
	found, err = l.curvePoint(func(c *contender) (float64, error) { return cpuPerPoll(c, b.size.window, sessions) })
	if err != nil {
		return err
	}
	point(curves[3], n, found)
	return nil
}

// firstPoint measures first looks, also of a program that only reads all.
func (l *lineup) firstPoint(box mail.Box, curve *table.Curve, n int) error {
	least := floor()
	buf := load.Buffer()
	found, err := l.thrice(func(c *contender) (float64, error) {
		if err := c.restartFor(true, "other", buf); err != nil {
			return 0, err
		}
		return look(c, box.User, buf)
	})
	if err != nil {
		return err
	}
	for range min(3, l.bench.size.rounds) {
		took, err := timeFloor(mail.Dir(l.contenders[0].setup.Root, box.User), n, mail.ReadAll)
		if err != nil {
			return err
		}
		found[least] = append(found[least], took)
	}
	point(curve, n, found)
	return nil
}
