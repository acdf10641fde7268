package main

import (
	"fmt"
	"slices"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/proc"
	"tpops/test/bench/table"
)

// mailboxesRow: many mailboxes are polled in turn, so that each has been
// forgotten by the time its turn comes again, if there is not room for all.
func mailboxesRow(b *bench) error {
	n := b.size.mailboxes
	b.progress("%d mailboxes polled in turn", n)
	l, err := b.lineup(field{boxes: mail.Boxes("n", n, 10, 200), sessions: 100, spare: fetchers,
		kinds: slices.Concat(b.tpops("thread", "prefork"), b.shared())})
	if err != nil {
		return err
	}
	defer l.close()
	sessions := polls("n", n)
	memory := figures{}
	if err := l.warm(func(c *contender) error { _, err := pollInTurn(c, sessions); return err }); err != nil {
		return err
	}
	// Each takes as long as several of the other rows.
	cpu, err := l.rounds(min(b.size.rounds, 5), func(c *contender) (float64, error) {
		cpu, err := pollInTurn(c, sessions)
		if err != nil {
			return 0, err
		}
		octets, err := proc.Memory(c.PID)
		memory[c] = append(memory[c], float64(octets)/(1<<20))
		return cpu, err
	})
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s mailboxes polled in turn", count(n))
	b.add(work{name: name + ": CPU per poll", unit: "ms"}, cpu)
	b.add(work{name: name + ": memory of the server", unit: "MiB", limits: []table.Limit{bounded("thread", 128)}}, memory)
	return nil
}

// pollInTurn polls each mailbox once and returns the processor time for a poll,
// in milliseconds.
func pollInTurn(c *contender, sessions [][]load.Step) (float64, error) {
	before, err := c.cpuMS()
	if err != nil {
		return 0, err
	}
	next := 0
	crowd := load.Crowd{Target: c.Target, Clients: pollers, Next: func(int) []load.Step {
		if next == len(sessions) {
			return nil
		}
		next++
		return sessions[next-1]
	}}
	result, err := crowd.Run()
	if err != nil {
		return 0, err
	}
	after, err := c.cpuMS()
	return (after - before) / float64(result.Sessions), err
}
