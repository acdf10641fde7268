package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/table"
)

// sessionsCurves: memory of more and more sessions that wait after login, and how
// long a new client is served among them.
func sessionsCurves(b *bench) error {
	curves := b.newCurves("sessions",
		&table.Curve{Name: "sessions-memory", Title: "memory of the server with waiting sessions", Unit: "MiB"},
		&table.Curve{Name: "sessions-poll", Title: "poll of a new client beside waiting sessions", Unit: "ms"},
	)
	for _, n := range decades(b.sessions(b.size.curveCrowd)) {
		b.progress("curve: %d sessions", n)
		if err := errors.Join(b.sessionsPoint(n, curves), b.report(b.out)); err != nil {
			return fmt.Errorf("%d sessions: %w", n, err)
		}
	}
	return nil
}

// sessionsPoint measures both curves with n sessions.
func (b *bench) sessionsPoint(n int, curves []*table.Curve) error {
	mailboxes := max(1, n/sharing)
	boxes := append(mail.Boxes("c", mailboxes, 1, small), mail.Boxes("p", 1, 0, small)...)
	l, err := b.lineup(field{boxes: boxes, sessions: n + 20, params: []string{"--maildir-lock=no"},
		kinds: slices.Concat(b.tpops("thread"), upTo(n, dovecotSessions, b.oneShared()), b.null())})
	if err != nil {
		return err
	}
	defer l.close()
	memory := figures{}
	found, err := l.thrice(func(c *contender) (float64, error) {
		if err := c.restart(false); err != nil {
			return 0, err
		}
		used, latency, err := l.crowded(c, n, mailboxes)
		memory[c] = append(memory[c], used)
		return latency, err
	})
	if err != nil {
		return err
	}
	point(curves[0], n, memory)
	point(curves[1], n, found)
	return nil
}

// crowded returns the memory of a server with n sessions in MiB, and the median
// time of a poll beside them in milliseconds.
func (l *lineup) crowded(c *contender, n, mailboxes int) (memory, latency float64, err error) {
	buf := load.Buffer()
	conns, err := dialMany(c.Target, n, buf)
	defer func() { closeAll(conns) }()
	if err != nil {
		return 0, 0, err
	}
	if err := logInCrowd(c, conns, mailboxes); err != nil {
		return 0, 0, err
	}
	if memory, err = l.settledMemory(c); err != nil {
		return 0, 0, err
	}
	latency, err = pollTime(c, mail.User("p", 0), l.bench.size.window, buf)
	return memory, latency, err
}

// pollTime returns the median time of polls, one after the other.
func pollTime(c *contender, user string, window time.Duration, buf []byte) (float64, error) {
	var times []float64
	for end := time.Now().Add(window); len(times) == 0 || time.Now().Before(end); {
		took, err := timePoll(c, user, buf)
		if err != nil {
			return 0, err
		}
		times = append(times, took)
	}
	return table.Median(times), nil
}
