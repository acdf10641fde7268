package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/table"
)

// cacheMiB is the size of TPOPS's cache of mailboxes in mailboxesRow. Its memory
// may grow by twice as much: the Go heap has room until it is collected.
const cacheMiB = 4

// cacheParams returns the parameter that sets this size, if the program has it.
func (b *bench) cacheParams() []string {
	help, err := exec.Command(b.program, "--help=all").Output()
	if err != nil || !strings.Contains(string(help), "--mailbox-cache=") {
		b.note("The memory in the row %s has no limit: the program has no parameter mailbox-cache.", b.row)
		return nil
	}
	return []string{fmt.Sprintf("--mailbox-cache=%d", cacheMiB<<20)}
}

// mailboxesRow: many mailboxes are polled in turn, so that each has been
// forgotten by the time its turn comes again, if there is not room for all.
func mailboxesRow(b *bench) error {
	n := b.size.mailboxes
	b.progress("%d mailboxes polled in turn", n)
	params := b.cacheParams()
	l, err := b.lineup(field{boxes: mail.Boxes("n", n, 10, 200), sessions: 100, spare: fetchers, params: params, notify: true,
		kinds: slices.Concat(b.tpops("thread", "prefork"), b.shared())})
	if err != nil {
		return err
	}
	defer l.close()
	t := turns{memory: figures{}, hits: figures{}, misses: figures{}, evictions: figures{}}
	if err := l.inTurn(&t, polls("n", n)); err != nil {
		return err
	}
	var limits []table.Limit
	if params != nil {
		limits = append(limits, bounded("thread", 2*cacheMiB))
	}
	name := fmt.Sprintf("%s mailboxes polled in turn", count(n))
	b.add(work{name: name + ": CPU per poll", unit: "ms"}, t.cpu)
	b.add(work{name: name + ": growth of memory", unit: "MiB", limits: limits}, t.memory)
	b.add(work{name: name + ": found in memory", unit: "mailboxes", higher: true}, t.hits)
	b.add(work{name: name + ": not found in memory", unit: "mailboxes"}, t.misses)
	b.add(work{name: name + ": removed from memory", unit: "mailboxes"}, t.evictions)
	return nil
}

// turns is what is measured while all mailboxes are polled once.
type turns struct{ cpu, memory, hits, misses, evictions figures }

// inTurn measures the processor time for a poll, in milliseconds, by how many MiB
// the servers have grown since their first session, and the use of the cache.
func (l *lineup) inTurn(t *turns, sessions [][]load.Step) error {
	first := map[*contender]float64{}
	err := l.warm(func(c *contender) error {
		if _, err := timePoll(c, mail.User("n", 0), load.Buffer()); err != nil {
			return err
		}
		var err error
		if first[c], err = l.settledMemory(c); err != nil {
			return err
		}
		_, _, err = cacheUseInTurn(c, sessions)
		return err
	})
	if err != nil {
		return err
	}
	// Each takes as long as several of the other rows.
	t.cpu, err = l.rounds(min(l.bench.size.rounds, 3), func(c *contender) (float64, error) {
		used, cache, err := cacheUseInTurn(c, sessions)
		if err != nil {
			return 0, err
		}
		if c.column == "thread" {
			t.hits[c] = append(t.hits[c], float64(cache.Hits))
			t.misses[c] = append(t.misses[c], float64(cache.Misses))
			t.evictions[c] = append(t.evictions[c], float64(cache.Evictions))
		}
		now, err := l.settledMemory(c)
		t.memory[c] = append(t.memory[c], now-first[c])
		return used, err
	})
	return err
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
