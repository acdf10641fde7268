package main

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/peer"
	"tpops/test/bench/proc"
	"tpops/test/bench/table"
)

// waitingRow: memory of sessions that wait: before login, after it, and after
// they have fetched a message.
func waitingRow(b *bench) error {
	n := b.sessions(b.size.waiting)
	for _, withTLS := range []bool{false, true} {
		b.progress("%d waiting sessions%s", n, secured[withTLS])
		l, err := b.lineup(field{boxes: mail.Boxes("w", n, 1, 2000), tls: withTLS, sessions: n + 20,
			kinds: slices.Concat(b.tpops("thread"), b.shared(), b.courier, b.null())})
		if err != nil {
			return err
		}
		err = l.waiting(n, withTLS)
		l.close()
		if err != nil {
			return err
		}
	}
	return nil
}

// stages are the points at which memory is measured.
var stages = []string{"before login", "after login", "after RETR"}

// waiting measures each server in all stages, each time a fresh one.
func (l *lineup) waiting(n int, withTLS bool) error {
	found := []figures{{}, {}, {}}
	_, err := l.rounds(l.bench.size.memory, func(c *contender) (float64, error) {
		if err := c.restart(false); err != nil {
			return 0, err
		}
		values, err := l.waitingMemory(c, l.bench.waiters(c, n), withTLS)
		for i, v := range values {
			found[i][c] = append(found[i][c], v)
		}
		return 0, err
	})
	if err != nil {
		return err
	}
	allowed := map[bool]float64{false: 2, true: 12}[withTLS]
	for i, stage := range stages {
		l.bench.add(work{name: fmt.Sprintf("waiting session of %s, %s%s", count(n), stage, secured[withTLS]), unit: "KiB",
			limits: []table.Limit{bounded("thread", allowed)}}, found[i])
	}
	return nil
}

// waiters returns how many sessions of a server wait if n are wanted.
func (b *bench) waiters(c *contender, n int) int {
	if most := c.kind.Waiting; most > 0 && most < n {
		b.note("The row waiting has %d sessions of %s instead of %d: each has processes of its own.", most, c.column, n)
		return most
	}
	return n
}

// waitingMemory returns the KiB of a session in each stage.
func (l *lineup) waitingMemory(c *contender, n int, withTLS bool) ([]float64, error) {
	target := c.target(withTLS)
	buf := load.Buffer()
	// What the server needs for its first session is not what each one costs.
	conns, err := c.logIn(target, []string{mail.User("w", 0)}, buf)
	if err != nil {
		return nil, err
	}
	if _, err := conns[0].Do(load.Single("QUIT"), buf); err != nil {
		return nil, err
	}
	closeAll(conns)
	before, err := l.settledMemory(c)
	if err != nil {
		return nil, err
	}
	conns, err = dialMany(target, n, buf)
	defer func() { closeAll(conns) }()
	var values []float64
	for _, steps := range []func(i int) []load.Step{
		func(int) []load.Step { return nil },
		func(i int) []load.Step { return load.Login(mail.User("w", i), peer.Password) },
		func(int) []load.Step { return []load.Step{load.Multi("RETR 1")} },
	} {
		for i := 0; i < len(conns) && err == nil; i++ {
			err = conns[i].DoAll(steps(i), buf)
		}
		if err != nil {
			return values, err
		}
		after, err := l.settledMemory(c)
		if err != nil {
			return values, err
		}
		values = append(values, (after-before)*1024/float64(n))
	}
	return values, nil
}

// settledMemory waits a moment and returns the memory of a server in MiB.
func (l *lineup) settledMemory(c *contender) (float64, error) {
	time.Sleep(l.bench.size.settle)
	octets, err := proc.Memory(c.PID)
	return float64(octets) / (1 << 20), err
}

// perAddress is how many connections come from one address: it has about
// 28,000 ports.
const perAddress = 20_000

// from returns the address of connection i.
func from(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, 0, 1, byte(1 + i/perAddress)})
}

// dialMany opens n connections, also those that an error has left.
func dialMany(t load.Target, n int, buf []byte) ([]*load.Conn, error) {
	conns := make([]*load.Conn, 0, n)
	for i := range n {
		t.From = from(i)
		c, err := load.Dial(t, buf)
		if err != nil {
			return conns, fmt.Errorf("connection %d: %w", i+1, err)
		}
		conns = append(conns, c)
	}
	return conns, nil
}
