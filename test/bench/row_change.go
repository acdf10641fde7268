package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/peer"
	"tpops/test/bench/table"
)

// deleteRow: clients fetch 20 messages and delete them.
func deleteRow(b *bench) error {
	const messages = 20
	each := max(5, int(b.size.window.Milliseconds()/6)) // sessions of a client in one measurement
	boxes := mail.Boxes("d", fetchers*each, messages, 2000)
	l, err := b.lineup(field{boxes: boxes, own: true, disk: true, spare: fetchers, kinds: slices.Concat(b.tpops("thread", "prefork"), b.others())})
	if err != nil {
		return err
	}
	defer l.close()
	var sessions [][]load.Step
	for _, box := range boxes {
		sessions = append(sessions, fetchAndDelete(box))
	}
	b.progress("%d sessions that fetch and delete", len(boxes))
	measure := func(c *contender) (float64, error) {
		for _, box := range boxes {
			if err := mail.Refill(c.setup.Root, box); err != nil {
				return 0, err
			}
		}
		return fetchAll(c, sessions)
	}
	if err := l.warm(func(c *contender) error { _, err := measure(c); return err }); err != nil {
		return err
	}
	_, err = l.measure(work{name: fmt.Sprintf("fetch and delete %d, 4 clients", messages), unit: "sessions/s", higher: true,
		limits: []table.Limit{atLeast("thread", 3, table.Dovecot)}}, measure)
	return err
}

func fetchAndDelete(box mail.Box) []load.Step {
	steps := append(load.Login(box.User, peer.Password), load.Single("STAT"), load.Multi("UIDL"))
	for i := 1; i <= box.Messages; i++ {
		steps = append(steps, load.Multi(fmt.Sprintf("RETR %d", i)), load.Single(fmt.Sprintf("DELE %d", i)))
	}
	return append(steps, load.Single("QUIT"))
}

// fetchAll returns the sessions per second.
func fetchAll(c *contender, sessions [][]load.Step) (float64, error) {
	next := make([]int, fetchers)
	for i := range next {
		next[i] = i
	}
	crowd := load.Crowd{Target: c.Target, Clients: fetchers, Next: func(client int) []load.Step {
		i := next[client]
		next[client] += fetchers
		if i >= len(sessions) {
			return nil
		}
		return sessions[i]
	}}
	result, err := crowd.Run()
	return float64(result.Sessions) / result.Took.Seconds(), err
}

// mixers is how many clients have a mixed day.
const mixers = 8

// mixedRow: of ten sessions seven find nothing new, two list all and look at a
// header, and one fetches a message that has just been delivered and deletes it.
func mixedRow(b *bench) error {
	const messages = 50
	boxes := mail.Boxes("m", mixers, messages, 2000)
	l, err := b.lineup(field{boxes: boxes, own: true, disk: true, spare: mixers, kinds: slices.Concat(b.tpops("thread", "prefork"), b.others())})
	if err != nil {
		return err
	}
	defer l.close()
	b.progress("mixed day")
	day := newDay(boxes)
	measure := func(c *contender) (float64, error) { return day.sessionsPerSecond(c, b.size.window) }
	if err := l.warm(func(c *contender) error { _, err := measure(c); return err }); err != nil {
		return err
	}
	_, err = l.measure(work{name: fmt.Sprintf("mixed day, %d clients", mixers), unit: "sessions/s", higher: true, limits: []table.Limit{
		atLeast("thread", 4, table.Dovecot), atLeast("prefork", 2.5, table.Dovecot),
	}}, measure)
	return err
}

// day is the commands of the sessions of a mixed day, for each client.
type day struct {
	boxes                []mail.Box
	polls, looks, fetchs [][]load.Step
}

func newDay(boxes []mail.Box) *day {
	d := &day{boxes: boxes, polls: polls("m", len(boxes))}
	for _, box := range boxes {
		open := append(load.Login(box.User, peer.Password), load.Single("STAT"))
		last := box.Messages
		d.looks = append(d.looks, slices.Concat(open, []load.Step{
			load.Multi("LIST"), load.Multi("UIDL"), load.Multi(fmt.Sprintf("TOP %d 0", last)), load.Single("QUIT"),
		}))
		d.fetchs = append(d.fetchs, slices.Concat(open, []load.Step{
			load.Multi("UIDL"), load.Multi(fmt.Sprintf("RETR %d", last+1)), load.Single(fmt.Sprintf("DELE %d", last+1)), load.Single("QUIT"),
		}))
	}
	return d
}

// sessionsPerSecond has all clients work until the time is over.
func (d *day) sessionsPerSecond(c *contender, window time.Duration) (float64, error) {
	var failed error
	done := make([]int, len(d.boxes))
	more := until(window, d.polls)
	crowd := load.Crowd{Target: c.Target, Clients: len(d.boxes), Next: func(client int) []load.Step {
		poll := more(client)
		if poll == nil || failed != nil {
			return nil
		}
		kind := (done[client] + 3*client) % 10 // The clients are not in step.
		done[client]++
		switch {
		case kind < 7:
			return poll
		case kind < 9:
			return d.looks[client]
		default:
			c.count++
			failed = mail.Deliver(c.setup.Root, d.boxes[client], d.boxes[client].Messages+c.count)
			return d.fetchs[client]
		}
	}}
	result, err := crowd.Run()
	return float64(result.Sessions) / result.Took.Seconds(), errors.Join(err, failed)
}
