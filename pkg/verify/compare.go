package verify

import (
	"fmt"
	"slices"

	"tpops/pkg/pop3"
)

// key identifies a message on both servers. Of identical messages with the same UIDL
// (RFC 1939 §7) the first is that of the first, and so on.
type key struct {
	uidl string
	copy int
}

// keys returns the keys of messages.
func keys(all []pop3.Message) []key {
	seen := make(map[string]int, len(all))
	found := make([]key, len(all))
	for i, m := range all {
		found[i] = key{m.UIDL, seen[m.UIDL]}
		seen[m.UIDL]++
	}
	return found
}

// comparison is a report that is being made.
type comparison struct {
	*Report
	lines int
}

// compare compares what two servers list, and describes at most so many differences.
func (r *Report) compare(was, now []pop3.Message, lines int) {
	c := comparison{r, lines}
	r.Messages, r.NewMessages = len(was), len(now)
	place := make(map[key]int, len(was))
	for i, k := range keys(was) {
		place[k] = i
	}
	var places []int // on the old server, of the messages on both
	found := make([]bool, len(was))
	for i, k := range keys(now) {
		at, both := place[k]
		if !both {
			r.Again++
			c.add("message %d of the new server is not on the old one: UIDL %s", i+1, k.uidl)
			continue
		}
		found[at] = true
		places = append(places, at)
	}
	for i, m := range was {
		if !found[i] {
			r.Missing++
			c.add("message %d of the old server is not on the new one: UIDL %s", i+1, m.UIDL)
		}
	}
	c.order(places, was)
	c.sizes(was, now, place)
	r.Status = StatusEqual
	if r.Again+r.Missing+r.Moved+r.Sizes > 0 {
		r.Status = StatusDifferent
	}
}

// add describes a difference.
func (c *comparison) add(format string, args ...any) {
	if len(c.Differences) < c.lines {
		c.Differences = append(c.Differences, fmt.Sprintf(format, args...))
	}
}

// order compares the order of the messages on both servers.
func (c *comparison) order(places []int, was []pop3.Message) {
	c.Moved = len(places) - rising(places)
	if c.Moved == 0 {
		return
	}
	sorted := slices.Sorted(slices.Values(places))
	for i, at := range places {
		if at != sorted[i] {
			c.add("the order differs from UIDL %s on: the old server has UIDL %s there", was[at].UIDL, was[sorted[i]].UIDL)
			return
		}
	}
}

// rising returns how many numbers the longest rising part of a sequence has, which may
// have gaps: the others have moved.
func rising(sequence []int) int {
	var ends []int // the least end of a rising part with so many numbers
	for _, n := range sequence {
		i, _ := slices.BinarySearch(ends, n)
		if i == len(ends) {
			ends = append(ends, n)
		} else {
			ends[i] = n
		}
	}
	return len(ends)
}

// sizes compares the sizes of the messages on both servers.
func (c *comparison) sizes(was, now []pop3.Message, place map[key]int) {
	for i, k := range keys(now) {
		at, both := place[k]
		if !both || was[at].Octets == now[i].Octets {
			continue
		}
		what := "size"
		if isEstimate(was[at].Octets, now[i].Octets) {
			what = "inexact size"
			c.Inexact++
		} else {
			c.Sizes++
		}
		c.add("%s of UIDL %s: %d octets on the old server, %d on the new one", what, k.uidl, was[at].Octets, now[i].Octets)
	}
}

// isEstimate reports whether two sizes of a message differ only as exact ones from
// those of servers may that have the size of the file: Dovecot with
// pop3_fast_size_lookups, TPOPS with maildir-use-filesize, and others. There a line end
// has one octet less, or the line end is not counted that is added to a message without
// one.
func isEstimate(one, other int64) bool {
	less, more := min(one, other), max(one, other)
	return more-less <= less+2
}
