package main

import (
	"errors"
	"fmt"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/peer"
	"tpops/test/bench/table"
)

// sharing is how many sessions of a crowd are in each mailbox: folders for each
// of a hundred thousand would take longer to make than all that is measured.
const sharing = 100

// crowdMiB is what 100,000 sessions may need; fewer may need as much less.
const crowdMiB = 300

// crowdRow: very many sessions wait in one process, and others are served.
func crowdRow(b *bench) error {
	n := b.sessions(b.size.crowd)
	b.progress("%d sessions in one process", n)
	boxes := append(mail.Boxes("c", max(1, n/sharing), 1, small), mail.Boxes("p", pollers, 0, small)...)
	l, err := b.lineup(field{boxes: boxes, sessions: n + 100, kinds: b.tpops("thread"), params: []string{"--maildir-lock=no"}})
	if err != nil {
		return err
	}
	defer l.close()
	c := l.contenders[0]
	before, err := l.settledMemory(c)
	if err != nil {
		return err
	}
	alone, err := l.newClients()
	if err != nil {
		return err
	}
	conns, err := dialMany(c.Target, n, load.Buffer())
	defer func() { closeAll(conns) }()
	if err = errors.Join(err, logInCrowd(c, conns, len(boxes)-pollers)); err != nil {
		return fmt.Errorf("%w\n%s", err, c.Log())
	}
	after, err := l.settledMemory(c)
	if err != nil {
		return err
	}
	among, err := l.newClients()
	if err != nil {
		return err
	}
	b.add(work{name: count(n) + " waiting sessions in one process", unit: "MiB", limits: []table.Limit{bounded("thread", crowdMiB*float64(n)/100_000)}},
		figures{c: {after - before}})
	for i, w := range []work{{name: "CPU per poll", unit: "ms"}, {name: "median time of a poll", unit: "ms"}} {
		w.name += " beside " + count(n) + " waiting sessions"
		w.limits = []table.Limit{atMost("thread", 1.2, "thread alone")}
		b.add(w, figures{c: among[i], {column: "thread alone"}: alone[i]})
	}
	return nil
}

// logInCrowd logs all connections in, as users of so many mailboxes.
func logInCrowd(c *contender, conns []*load.Conn, mailboxes int) error {
	steps := make([][]load.Step, mailboxes)
	for i := range steps {
		steps[i] = load.Login(mail.User("c", i), peer.Password)
	}
	done := make([]bool, len(conns))
	crowd := load.Crowd{Target: c.Target, Clients: len(conns), Open: conns, Next: func(client int) []load.Step {
		if done[client] {
			return nil
		}
		done[client] = true
		return steps[client%mailboxes]
	}}
	_, err := crowd.Run()
	return err
}

// newClients measures polls of new clients: the processor time, and how long
// one takes.
func (l *lineup) newClients() ([2][]float64, error) {
	var found [2][]float64
	c, sessions, buf := l.contenders[0], polls("p", pollers), load.Buffer()
	for range l.bench.size.rounds {
		cpu, err := cpuPerPoll(c, l.bench.size.window, sessions)
		if err != nil {
			return found, err
		}
		took, err := pollTime(c, mail.User("p", 0), l.bench.size.window, buf)
		if err != nil {
			return found, err
		}
		found[0] = append(found[0], cpu)
		found[1] = append(found[1], took)
	}
	return found, nil
}

// sameRow: ten sessions use one very large mailbox.
func sameRow(b *bench) error {
	const sessions = 10
	box := mail.Box{User: "same", Messages: b.size.same, Octets: 100}
	b.progress("%d sessions on one mailbox of %d messages", sessions, box.Messages)
	kinds := append(b.tpops("thread"), b.shared()...)
	l, err := b.lineup(field{boxes: []mail.Box{box}, kinds: kinds, params: []string{"--maildir-lock=no"}})
	if err != nil {
		return err
	}
	defer l.close()
	users := make([]string, sessions)
	for i := range users {
		users[i] = box.User
	}
	buf := load.Buffer()
	found, err := l.rounds(b.size.memory, func(c *contender) (float64, error) {
		if err := c.restart(false); err != nil {
			return 0, err
		}
		return l.sameMemory(c, users, buf)
	})
	if err != nil {
		return err
	}
	b.add(work{name: fmt.Sprintf("%d sessions on one mailbox of %s", sessions, count(box.Messages)), unit: "MiB",
		limits: []table.Limit{bounded("thread", 30)}}, found)
	return nil
}

// sameMemory returns the MiB that sessions of these users need, all of whom have
// listed their mailbox.
func (l *lineup) sameMemory(c *contender, users []string, buf []byte) (float64, error) {
	before, err := l.settledMemory(c)
	if err != nil {
		return 0, err
	}
	conns, err := c.logIn(c.Target, users, buf)
	if err != nil {
		return 0, err
	}
	defer closeAll(conns)
	for _, conn := range conns {
		if err := conn.DoAll([]load.Step{load.Multi("LIST"), load.Multi("UIDL")}, buf); err != nil {
			return 0, err
		}
	}
	after, err := l.settledMemory(c)
	return after - before, err
}
