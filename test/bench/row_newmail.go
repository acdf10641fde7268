package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/table"
)

// newMailRow: one message has arrived in a very large mailbox that the server
// knows. strace counts what the server does to the mailbox for the next poll.
func newMailRow(b *bench) error {
	if !b.hasStrace() {
		return nil
	}
	box := b.lookBoxes()[1]
	l, err := b.lineup(field{boxes: []mail.Box{box}, own: true, exact: true, only: true, kinds: slices.Concat(b.tpops("thread"), b.shared())})
	if err != nil {
		return err
	}
	defer l.close()
	buf := load.Buffer()
	if err := l.warm(func(c *contender) error { return complete(c, box, buf) }); err != nil {
		return err
	}
	b.progress("one new message in %d", box.Messages)
	counts := []figures{{}, {}, {}}
	var names []string
	for range l.bench.size.rounds {
		for _, c := range l.contenders {
			calls, err := l.traceDelivery(c, box, buf)
			if err != nil {
				return err
			}
			if c.isTPOPS() {
				names = calls.names
			}
			for i, n := range []int{calls.directories, calls.messages, calls.writes} {
				counts[i][c] = append(counts[i][c], float64(n))
			}
		}
	}
	b.note("Directories that thread reads for one new message: %s.", strings.Join(names, ", "))
	name := "one new message in " + count(box.Messages)
	for i, what := range []string{"directories read", "messages opened", "writes to files of the mailbox"} {
		b.add(work{name: name + ": " + what, limits: []table.Limit{bounded("thread", 1)}}, counts[i])
	}
	return l.timeDelivery(box, name, buf)
}

// traceDelivery delivers a message and traces the next poll.
func (l *lineup) traceDelivery(c *contender, box mail.Box, buf []byte) (calls, error) {
	if err := c.deliver(box); err != nil {
		return calls{}, err
	}
	t, err := startTrace(c.PID, filepath.Join(c.setup.Dir, "trace"), filesOnly)
	if err != nil {
		return calls{}, err
	}
	_, pollErr := timePoll(c, box.User, buf)
	text, err := t.end()
	if err != nil || pollErr != nil {
		return calls{}, fmt.Errorf("poll under strace: %w, %w", pollErr, err)
	}
	return countCalls(text, mail.Dir(c.setup.Root, box.User), c.setup.Dir), nil
}

// deliver delivers the next message.
func (c *contender) deliver(box mail.Box) error {
	c.count++
	return mail.Deliver(c.setup.Root, box, box.Messages+c.count)
}

// timeDelivery measures the poll after a delivery, without strace.
func (l *lineup) timeDelivery(box mail.Box, name string, buf []byte) error {
	_, err := l.measure(work{name: name + ": the next poll", unit: "ms"}, func(c *contender) (float64, error) {
		if err := c.deliver(box); err != nil {
			return 0, err
		}
		return timePoll(c, box.User, buf)
	})
	return err
}

// timePoll returns how long one poll takes, in milliseconds.
func timePoll(c *contender, user string, buf []byte) (float64, error) {
	start := now()
	conn, err := load.Dial(c.Target, buf)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	err = conn.DoAll(pollSteps(user), buf)
	return start.milliseconds(), err
}
