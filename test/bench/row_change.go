package main

import (
	"fmt"
	"slices"

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
	var steps [][]load.Step
	for _, box := range boxes {
		steps = append(steps, fetchAndDelete(box))
	}
	b.progress("%d sessions that fetch and delete", len(boxes))
	return l.measureSessions(sessions{
		work: work{name: fmt.Sprintf("fetch and delete %d, 4 clients", messages), unit: "sessions/s", higher: true,
			limits: []table.Limit{atLeast("thread", 3, table.Dovecot)}},
		before: func(root string) error { return refill(root, boxes) },
		run:    func(c *contender) (load.Result, error) { return fetchAll(c, steps) },
		least:  func(root string) (int, error) { return takeAll(root, boxes) },
	})
}

// refill puts the messages back into all mailboxes.
func refill(root string, boxes []mail.Box) error {
	for _, box := range boxes {
		if err := mail.Refill(root, box); err != nil {
			return err
		}
	}
	return nil
}

// takeAll reads and removes all messages, and returns how many mailboxes it has emptied.
func takeAll(root string, boxes []mail.Box) (int, error) {
	for _, box := range boxes {
		n, err := mail.Take(mail.Dir(root, box.User), "cur")
		if err == nil && n != box.Messages {
			err = fmt.Errorf("%d messages in %s, want %d", n, box.User, box.Messages)
		}
		if err != nil {
			return 0, err
		}
	}
	return len(boxes), nil
}

func fetchAndDelete(box mail.Box) []load.Step {
	steps := append(load.Login(box.User, peer.Password), load.Single("STAT"), load.Multi("UIDL"))
	for i := 1; i <= box.Messages; i++ {
		steps = append(steps, load.Multi(fmt.Sprintf("RETR %d", i)), load.Single(fmt.Sprintf("DELE %d", i)))
	}
	return append(steps, load.Single("QUIT"))
}

// fetchAll has the clients do all sessions.
func fetchAll(c *contender, sessions [][]load.Step) (load.Result, error) {
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
	return crowd.Run()
}
