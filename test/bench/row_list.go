package main

import (
	"fmt"
	"slices"
	"time"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/peer"
	"tpops/test/bench/table"
)

// look logs in, lists sizes and UIDLs, and returns the time until the last
// octet has arrived, in milliseconds.
func look(c *contender, user string, buf []byte) (float64, error) {
	start := time.Now()
	conn, err := load.Dial(c.Target, buf)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	steps := append(load.Login(user, peer.Password), load.Multi("LIST"), load.Multi("UIDL"))
	if err := conn.DoAll(steps, buf); err != nil {
		return 0, err
	}
	took := time.Since(start)
	_, err = conn.Do(load.Single("QUIT"), buf)
	return float64(took.Nanoseconds()) / 1e6, err
}

// complete reports an error unless the server lists as many messages as there are.
func complete(c *contender, box mail.Box, buf []byte) error {
	conn, err := load.Dial(c.Target, buf)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.DoAll(load.Login(box.User, peer.Password), buf); err != nil {
		return err
	}
	for _, command := range []string{"LIST", "UIDL"} {
		n, err := conn.Lines(load.Multi(command), buf)
		if err != nil {
			return err
		}
		if n != int64(box.Messages) {
			return fmt.Errorf("%s of %s has %d lines, want %d", command, box.User, n, box.Messages)
		}
	}
	_, err = conn.Do(load.Single("QUIT"), buf)
	return err
}

// lookBoxes returns the two mailboxes of the rows that list.
func (b *bench) lookBoxes() []mail.Box {
	return []mail.Box{
		{User: "big", Messages: b.size.big, Octets: small},
		{User: "huge", Messages: b.size.huge, Octets: small},
	}
}

// listRow: the server has served the mailbox before.
func listRow(b *bench) error {
	boxes := b.lookBoxes()
	l, err := b.lineup(field{boxes: boxes, kinds: slices.Concat(b.tpops("thread", "prefork"), b.others()), exact: true, spare: 2})
	if err != nil {
		return err
	}
	defer l.close()
	buf := load.Buffer()
	for _, box := range boxes {
		b.progress("LIST and UIDL of %d messages", box.Messages)
		if err := l.warm(func(c *contender) error { return complete(c, box, buf) }); err != nil {
			return err
		}
		found, err := l.rounds(b.size.rounds, func(c *contender) (float64, error) { return look(c, box.User, buf) })
		if err != nil {
			return err
		}
		w := work{name: "login, LIST, UIDL of " + count(box.Messages), unit: "ms", limits: []table.Limit{atMost("thread", 1./20, table.Dovecot)}}
		b.addBoth(w, w, found)
	}
	return nil
}

// restartRow: the server has just started and finds its index on disk.
func restartRow(b *bench) error {
	box := b.lookBoxes()[1]
	l, err := b.lineup(field{boxes: []mail.Box{box, {User: "other"}}, exact: true, spare: 1,
		kinds: slices.Concat(b.tpops("thread", "prefork"), b.shared())})
	if err != nil {
		return err
	}
	defer l.close()
	b.progress("LIST and UIDL of %d messages, process just started", box.Messages)
	buf := load.Buffer()
	if err := l.warm(func(c *contender) error { return complete(c, box, buf) }); err != nil {
		return err
	}
	found, err := l.rounds(b.size.rounds, func(c *contender) (float64, error) {
		if err := c.restartFor(false, "other", buf); err != nil {
			return 0, err
		}
		return look(c, box.User, buf)
	})
	if err != nil {
		return err
	}
	w := work{name: "login, LIST, UIDL of " + count(box.Messages) + ", process just started", unit: "ms",
		limits: []table.Limit{atMost("thread", 1./8, table.Dovecot)}}
	b.addBoth(w, w, found)
	return nil
}
