package main

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/table"
)

// floor stands for a program that does only the least that the work needs.
func floor() *contender { return &contender{column: program} }

// firstLook measures the first look ever at a mailbox: each server has just
// started and has nothing on disk. least is the program to compare with.
func (l *lineup) firstLook(box mail.Box, least func(dir string) (int, error)) (figures, error) {
	buf := load.Buffer()
	none := floor()
	found, err := l.rounds(l.bench.size.rounds, func(c *contender) (float64, error) {
		if err := c.restartFor(true, "other", buf); err != nil {
			return 0, err
		}
		return look(c, box.User, buf)
	})
	if err != nil {
		return nil, err
	}
	for range l.bench.size.rounds {
		took, err := timeFloor(mail.Dir(l.contenders[0].setup.Root, box.User), box.Messages, least)
		if err != nil {
			return nil, err
		}
		found[none] = append(found[none], took)
	}
	return found, nil
}

// timeFloor returns the milliseconds that the least needs.
func timeFloor(dir string, messages int, least func(dir string) (int, error)) (float64, error) {
	start := time.Now()
	n, err := least(dir)
	if err == nil && n != messages {
		err = fmt.Errorf("%d messages in %s, want %d", n, dir, messages)
	}
	return float64(time.Since(start).Nanoseconds()) / 1e6, err
}

// firstReadRow: exact sizes, which a server learns by reading every message.
func firstReadRow(b *bench) error {
	boxes := append(b.lookBoxes(), mail.Box{User: "other"})
	l, err := b.lineup(field{boxes: boxes, kinds: slices.Concat(b.tpops("thread"), b.shared()), exact: true, only: true})
	if err != nil {
		return err
	}
	defer l.close()
	for _, box := range boxes[:2] {
		b.progress("first look at %d messages", box.Messages)
		found, err := l.firstLook(box, mail.ReadAll)
		if err != nil {
			return err
		}
		b.add(work{name: "first look ever, " + count(box.Messages) + ", exact by reading", unit: "ms",
			limits: []table.Limit{atMost("thread", 1.15, program)}}, found)
	}
	return l.others(boxes[1].User)
}

// others measures how long others wait at most for a poll of an empty mailbox
// while somebody has the first look at a large one.
func (l *lineup) others(large string) error {
	_, err := l.measure(work{name: "longest poll of another mailbox meanwhile", unit: "ms"}, func(c *contender) (float64, error) {
		if err := c.restartFor(true, "other", load.Buffer()); err != nil {
			return 0, err
		}
		looked := make(chan error, 1)
		var all sync.WaitGroup
		all.Go(func() {
			_, err := look(c, large, load.Buffer())
			looked <- err
		})
		longest, err := longestPoll(c, "other", looked)
		all.Wait()
		return longest, err
	})
	return err
}

// longestPoll polls until something else has ended, and returns how long the
// longest poll took, in milliseconds.
func longestPoll(c *contender, user string, ended <-chan error) (float64, error) {
	steps := pollSteps(user)
	buf := load.Buffer()
	longest := time.Duration(0)
	for {
		select {
		case err := <-ended:
			return float64(longest.Nanoseconds()) / 1e6, err
		default:
		}
		start := time.Now()
		conn, err := load.Dial(c.Target, buf)
		if err != nil {
			return 0, err
		}
		err = conn.DoAll(steps, buf)
		conn.Close()
		if err != nil {
			return 0, err
		}
		longest = max(longest, time.Since(start))
	}
}

// firstListRow: the names contain the exact sizes.
func firstListRow(b *bench) error {
	box := mail.Box{User: "named", Messages: b.size.big, Octets: small, Exact: true}
	l, err := b.lineup(field{boxes: []mail.Box{box, {User: "other"}}, kinds: slices.Concat(b.tpops("thread"), b.shared()), exact: true, only: true})
	if err != nil {
		return err
	}
	defer l.close()
	b.progress("first look at %d messages with W= in their names", box.Messages)
	found, err := l.firstLook(box, func(dir string) (int, error) {
		names, err := mail.List(dir)
		return len(names), err
	})
	if err != nil {
		return err
	}
	b.add(work{name: "first look ever, " + count(box.Messages) + ", W= in the names", unit: "ms",
		limits: []table.Limit{atMost("thread", 2, program)}}, found)
	return nil
}
