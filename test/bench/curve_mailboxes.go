package main

import (
	"errors"
	"slices"
	"time"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/peer"
	"tpops/test/bench/table"
)

// reported is after how long a server that reports its status once a second has
// reported the last one.
const reported = 2500 * time.Millisecond

// mailboxesCurves: more and more mailboxes are polled in turn.
func mailboxesCurves(b *bench) error {
	curves := b.newCurves("mailboxes",
		&table.Curve{Name: "mailboxes-poll", Title: "CPU per poll, mailboxes polled in turn", Unit: "ms", Cached: cachedMailboxes},
		&table.Curve{Name: "mailboxes-memory", Title: "memory of the server, mailboxes polled in turn", Unit: "MiB", Cached: cachedMailboxes},
		&table.Curve{Title: "polls of mailboxes in turn that found the mailbox in memory", Unit: "%", Digits: true},
		&table.Curve{Title: "mailboxes removed from memory for each poll in turn", Unit: "%", Digits: true},
	)
	for _, n := range decades(b.size.mailboxes) {
		b.progress("curve: %d mailboxes", n)
		// What was measured is not lost if the run ends early.
		if err := errors.Join(b.mailboxesPoint(n, curves), b.report(b.out)); err != nil {
			return err
		}
	}
	return nil
}

// mailboxesPoint polls n mailboxes in turn, once to warm up and then three times.
func (b *bench) mailboxesPoint(n int, curves []*table.Curve) error {
	l, err := b.lineup(field{boxes: mail.Boxes("n", n, 10, 200), spare: fetchers, sessions: 100, notify: true, kinds: slices.Concat(
		b.tpops("thread"), upTo(n, preforkMailboxes, b.tpops("prefork")), upTo(n, dovecotMailboxes, b.oneShared()))})
	if err != nil {
		return err
	}
	defer l.close()
	sessions := polls("n", n)
	memory, hits, evictions := figures{}, figures{}, figures{}
	found, err := l.curvePoint(func(c *contender) (float64, error) {
		cpu, use, err := cacheUseInTurn(c, sessions)
		if err != nil {
			return 0, err
		}
		if c.column == "thread" {
			hits[c] = append(hits[c], 100*float64(use.Hits)/float64(n))
			evictions[c] = append(evictions[c], 100*float64(use.Evictions)/float64(n))
		}
		used, err := l.settledMemory(c)
		memory[c] = append(memory[c], used)
		return cpu, err
	})
	if err != nil {
		return err
	}
	for i, f := range []figures{found, memory, hits, evictions} {
		for c, values := range f {
			f[c] = values[max(0, len(values)-len(found[c])):] // without the warm-up
		}
		point(curves[i], n, f)
	}
	return nil
}

// cacheUseInTurn polls each mailbox once, and returns the processor time of a poll
// and by how much the counters of a TPOPS with one process have grown.
func cacheUseInTurn(c *contender, sessions [][]load.Step) (float64, peer.CacheUse, error) {
	if c.column != "thread" {
		cpu, err := pollInTurn(c, sessions)
		return cpu, peer.CacheUse{}, err
	}
	before, _ := c.CacheUse() // A server that has served nobody has reported none.
	cpu, err := pollInTurn(c, sessions)
	if err != nil {
		return 0, peer.CacheUse{}, err
	}
	time.Sleep(reported)
	after, err := c.CacheUse()
	after.Hits -= before.Hits
	after.Misses -= before.Misses
	after.Evictions -= before.Evictions
	return cpu, after, err
}
