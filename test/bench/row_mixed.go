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
	return l.measureSessions(sessions{
		work: work{name: fmt.Sprintf("mixed day, %d clients", mixers), unit: "sessions/s", higher: true, limits: []table.Limit{
			atLeast("thread", 4, table.Dovecot), atLeast("prefork", 2.5, table.Dovecot),
		}},
		run:   func(c *contender) (load.Result, error) { return day.run(c, b.size.window) },
		least: func(root string) (int, error) { return day.least(root, b.size.window) },
	})
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

// errand is what a session of a mixed day is for.
type errand int

const (
	toPoll errand = iota
	toLook
	toFetch
)

// errandOf returns what session number n of a client is for. The clients are not in step.
func errandOf(client, n int) errand {
	switch kind := (n + 3*client) % 10; {
	case kind < 7:
		return toPoll
	case kind < 9:
		return toLook
	default:
		return toFetch
	}
}

// run has all clients work until the time is over.
func (d *day) run(c *contender, window time.Duration) (load.Result, error) {
	var failed error
	done := make([]int, len(d.boxes))
	more := until(window, d.polls)
	crowd := load.Crowd{Target: c.Target, Clients: len(d.boxes), Next: func(client int) []load.Step {
		poll := more(client)
		if poll == nil || failed != nil {
			return nil
		}
		n := done[client]
		done[client]++
		switch errandOf(client, n) {
		case toPoll:
			return poll
		case toLook:
			return d.looks[client]
		default:
			failed = c.deliver(d.boxes[client])
			return d.fetchs[client]
		}
	}}
	result, err := crowd.Run()
	return result, errors.Join(err, failed)
}

// least does with the files what the sessions cannot do without, and returns how many sessions
// it has done this for.
func (d *day) least(root string, window time.Duration) (count int, err error) {
	end := time.Now().Add(window)
	for n := 0; n == 0 || time.Now().Before(end); n++ {
		for client := range d.boxes {
			if err := d.leastOf(root, client, n); err != nil {
				return count, err
			}
			count++
		}
	}
	return count, nil
}

// leastOf does this for session number n of a client.
func (d *day) leastOf(root string, client, n int) (err error) {
	box := d.boxes[client]
	dir := mail.Dir(root, box.User)
	switch errandOf(client, n) {
	case toPoll:
		return mail.Look(dir)
	case toLook:
		_, err = mail.List(dir)
		return err
	}
	if err = mail.Deliver(root, box, box.Messages+n); err == nil {
		_, err = mail.Take(dir, "new")
	}
	return err
}
