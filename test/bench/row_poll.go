package main

import (
	"fmt"
	"slices"
	"time"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/peer"
	"tpops/test/bench/table"
)

// pollers is how many clients poll at a time, each a mailbox of its own.
const pollers = 16

// pollSteps returns the commands of a client that finds no new message.
func pollSteps(user string) []load.Step {
	return append(load.Login(user, peer.Password), load.Single("STAT"), load.Single("QUIT"))
}

// polls returns the commands of each user of a group of mailboxes.
func polls(prefix string, n int) [][]load.Step {
	all := make([][]load.Step, n)
	for i := range all {
		all[i] = pollSteps(mail.User(prefix, i))
	}
	return all
}

// until returns a function for load.Crowd that repeats the session of each
// client until the time is over. Each client has at least one session.
func until(window time.Duration, sessions [][]load.Step) func(int) []load.Step {
	end := time.Now().Add(window)
	begun := make([]bool, len(sessions))
	return func(client int) []load.Step {
		if begun[client] && time.Now().After(end) {
			return nil
		}
		begun[client] = true
		return sessions[client]
	}
}

// cpuPerPoll returns the processor time of the server for a poll, in
// milliseconds.
func cpuPerPoll(c *contender, window time.Duration, sessions [][]load.Step) (float64, error) {
	before, err := c.cpuMS()
	if err != nil {
		return 0, err
	}
	crowd := load.Crowd{Target: c.Target, Clients: len(sessions), Next: until(window, sessions)}
	result, err := crowd.Run()
	if err != nil {
		return 0, err
	}
	after, err := c.cpuMS()
	return (after - before) / float64(result.Sessions), err
}

func pollRow(b *bench) error {
	for _, messages := range []int{0, 100, b.size.big} {
		if err := b.poll(messages); err != nil {
			return err
		}
	}
	return nil
}

// poll measures polls of mailboxes with so many messages.
func (b *bench) poll(messages int) error {
	b.progress("polls of %d messages", messages)
	models := []string{"thread", "prefork"}
	if messages == 0 {
		models = append(models, "fork") // A new process costs more than any mailbox.
	}
	kinds := slices.Concat(b.tpops(models...), b.others(), b.null(), b.floor())
	l, err := b.lineup(field{boxes: mail.Boxes("p", pollers, messages, small), kinds: kinds, exact: messages > 0, spare: pollers})
	if err != nil {
		return err
	}
	defer l.close()
	sessions := polls("p", pollers)
	measure := func(c *contender) (float64, error) { return cpuPerPoll(c, b.size.window, sessions) }
	if err := l.warm(func(c *contender) error { _, err := measure(c); return err }); err != nil {
		return err
	}
	found, err := l.rounds(b.size.rounds, measure)
	if err != nil {
		return err
	}
	w := work{name: fmt.Sprintf("CPU per poll, %s messages", count(messages)), unit: "ms", limits: []table.Limit{
		atMost("thread", map[bool]float64{false: 1.5, true: 1.6}[messages > 100], "null"),
		atMost("prefork", 2.5, "null"),
	}}
	if messages == 0 {
		b.add(w, found)
		return nil
	}
	b.addBoth(w, w, found)
	return nil
}

// count formats a number of messages or sessions.
func count(n int) string { return table.Count(float64(n)) }
