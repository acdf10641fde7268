package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/peer"
	"tpops/test/bench/proc"
	"tpops/test/bench/table"
)

// childRow: private memory of a process that serves one session, where the
// passwd-file is long.
func childRow(b *bench) error {
	const sessions = 8
	b.progress("private memory of a child, %d users", users)
	boxes := mail.Boxes("k", sessions, 10, 2000)
	kinds := slices.Concat(b.tpops("prefork", "fork"), b.kept())
	if len(kinds) == 0 {
		return nil
	}
	l, err := b.lineup(field{boxes: boxes, users: users, kinds: kinds, spare: sessions})
	if err != nil {
		return err
	}
	defer l.close()
	buf := load.Buffer()
	_, err = l.measure(work{name: fmt.Sprintf("private memory of a child at work, %s users", count(users)), unit: "MiB", limits: []table.Limit{
		bounded("prefork", 2), bounded("fork", 2),
	}}, func(c *contender) (float64, error) { return l.childMemory(c, boxes, buf) })
	return err
}

// childMemory returns the private memory of the processes that serve sessions:
// the median, in MiB.
func (l *lineup) childMemory(c *contender, boxes []mail.Box, buf []byte) (float64, error) {
	var names []string
	for _, box := range boxes {
		names = append(names, box.User)
	}
	conns, err := c.logIn(c.Target, names, buf)
	if err != nil {
		return 0, err
	}
	defer closeAll(conns)
	for _, conn := range conns {
		if err := conn.DoAll([]load.Step{load.Multi("UIDL"), load.Multi("RETR 1")}, buf); err != nil {
			return 0, err
		}
	}
	time.Sleep(l.bench.size.settle)
	processes, err := proc.Tree(c.PID)
	var values []float64
	for _, p := range processes {
		// Of Dovecot's other processes there are few, and they have other names.
		if p.PID != c.PID && (p.Name == "pop3" || c.column == "prefork" || c.column == "fork") {
			values = append(values, float64(proc.Private(p.PID))/(1<<20))
		}
	}
	return table.Median(values), err
}

// startRow: all processes are busy, and each further session needs a new one.
func startRow(b *bench) error {
	n := b.size.starts
	b.progress("starting %d processes", n)
	kinds := slices.Concat(b.tpops("prefork", "fork"), b.kept())
	if len(kinds) == 0 {
		return nil
	}
	l, err := b.lineup(field{boxes: mail.Boxes("s", n, 1, small), kinds: kinds, sessions: n + 20, spare: 1})
	if err != nil {
		return err
	}
	defer l.close()
	perSecond := figures{}
	cpu, err := l.rounds(b.size.rounds, func(c *contender) (float64, error) {
		if err := c.restart(false); err != nil {
			return 0, err
		}
		cpu, rate, err := startMany(c, n)
		perSecond[c] = append(perSecond[c], rate)
		return cpu, err
	})
	if err != nil {
		return err
	}
	nothing := floor()
	if cpu[nothing], perSecond[nothing], err = b.startNothing(n); err != nil {
		return err
	}
	b.add(work{name: "starting a process when all are busy, CPU", unit: "ms", limits: []table.Limit{bounded("prefork", 5), bounded("fork", 5)}}, cpu)
	b.add(work{name: "starting processes when all are busy", unit: "a second", higher: true}, perSecond)
	return nil
}

// startMany has n users log in at once and stay. It returns the processor time
// for each, in milliseconds, and how many were logged in per second.
func startMany(c *contender, n int) (cpu, rate float64, err error) {
	before, err := c.cpuMS()
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	conns, err := load.DialAll(c.Target, n, load.Buffer())
	if err != nil {
		return 0, 0, err
	}
	defer closeAll(conns)
	done := make([]bool, n)
	crowd := load.Crowd{Target: c.Target, Clients: n, Open: conns, Next: func(client int) []load.Step {
		if done[client] {
			return nil
		}
		done[client] = true
		return load.Login(mail.User("s", client), peer.Password)
	}}
	if _, err = crowd.Run(); err != nil {
		return 0, 0, err
	}
	rate = float64(n) / time.Since(start).Seconds()
	after, err := c.cpuMS()
	return (after - before) / float64(n), rate, err
}

// startNothing starts a Go program that does nothing.
func (b *bench) startNothing(n int) (cpu, rate []float64, err error) {
	file := filepath.Join(b.dir, "nothing")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", file, "./test/bench/nothing")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, nil, fmt.Errorf("build a program that does nothing: %w\n%s", err, out)
	}
	for range b.size.rounds {
		used, start := time.Duration(0), time.Now()
		for range n {
			cmd := exec.Command(file)
			if err := cmd.Run(); err != nil {
				return nil, nil, err
			}
			used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		}
		cpu = append(cpu, float64(used.Microseconds())/1000/float64(n))
		rate = append(rate, float64(n)/time.Since(start).Seconds())
	}
	return cpu, rate, nil
}
