package main

import (
	"fmt"
	"slices"
	"time"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/table"
)

// secured names a measurement with or without TLS.
var secured = map[bool]string{false: "", true: ", TLS"}

// target returns where clients of a measurement connect to.
func (c *contender) target(withTLS bool) load.Target {
	if withTLS {
		return c.TLS
	}
	return c.Target
}

// largeRow: one client fetches a large message, again and again.
func largeRow(b *bench) error {
	box := mail.Box{User: "large", Messages: 1, Octets: b.size.large}
	l, err := b.lineup(field{boxes: []mail.Box{box}, tls: true, message: mail.Message(box.Octets), spare: 1,
		kinds: slices.Concat(b.tpops("thread", "prefork"), b.others(), b.null())})
	if err != nil {
		return err
	}
	defer l.close()
	buf := load.Buffer()
	for _, withTLS := range []bool{false, true} {
		b.progress("RETR of %d octets%s", box.Octets, secured[withTLS])
		cpu := figures{}
		measure := func(c *contender) (float64, error) {
			before, err := c.cpuMS()
			if err != nil {
				return 0, err
			}
			megabytes, took, err := download(c, withTLS, box, b.size.window, buf)
			if err != nil {
				return 0, err
			}
			after, err := c.cpuMS()
			cpu[c] = append(cpu[c], (after-before)/megabytes*1000)
			return megabytes / took.Seconds(), err
		}
		if err := l.warm(func(c *contender) error { _, err := measure(c); return err }); err != nil {
			return err
		}
		w := work{name: fmt.Sprintf("RETR %d MiB, 1 client%s", box.Octets>>20, secured[withTLS]), unit: "MB/s", higher: true,
			limits: []table.Limit{atLeast("thread", 0.85, "null")}}
		clear(cpu)
		if _, err := l.measure(w, measure); err != nil {
			return err
		}
		b.add(work{name: "CPU of " + w.name, unit: "ms/GB"}, cpu)
	}
	return nil
}

// download returns the megabytes that RETR has sent, and the time that it took.
func download(c *contender, withTLS bool, box mail.Box, window time.Duration, buf []byte) (float64, time.Duration, error) {
	conns, err := c.logIn(c.target(withTLS), []string{box.User}, buf)
	if err != nil {
		return 0, 0, err
	}
	defer closeAll(conns)
	step := load.Multi("RETR 1")
	octets, start := int64(0), time.Now()
	for octets == 0 || time.Since(start) < window {
		n, err := conns[0].Do(step, buf)
		if err != nil {
			return 0, 0, err
		}
		if n < int64(box.Octets) {
			return 0, 0, fmt.Errorf("RETR sent %d octets, fewer than %d", n, box.Octets)
		}
		octets += n
	}
	took := time.Since(start)
	_, err = conns[0].Do(load.Single("QUIT"), buf)
	return float64(octets) / 1e6, took, err
}

// fetchers is how many clients fetch at a time.
const fetchers = 4

// retrRow: clients fetch small messages.
func retrRow(b *bench) error {
	return b.repeat("RETR %d", "RETR of 2 KB, 4 clients", map[bool]table.Limit{
		false: atLeast("thread", 2, table.Dovecot), true: atLeast("thread", 3.5, table.Dovecot),
	})
}

// topRow: clients fetch headers.
func topRow(b *bench) error {
	return b.repeat("TOP %d 0", "TOP n 0, 4 clients", map[bool]table.Limit{false: atLeast("thread", 2, table.Dovecot)})
}

// repeat measures a command for each message of a mailbox in turn, without TLS
// and with it, where there is a limit.
func (b *bench) repeat(format, name string, limits map[bool]table.Limit) error {
	const messages, octets = 100, 2000
	l, err := b.lineup(field{boxes: mail.Boxes("r", fetchers, messages, octets), tls: true, message: mail.Message(octets), spare: fetchers,
		kinds: slices.Concat(b.tpops("thread", "prefork"), b.others(), b.null())})
	if err != nil {
		return err
	}
	defer l.close()
	steps := make([]load.Step, messages)
	for i := range steps {
		steps[i] = load.Multi(fmt.Sprintf(format, i+1))
	}
	for _, withTLS := range []bool{false, true} {
		limit, wanted := limits[withTLS]
		if !wanted {
			continue
		}
		b.progress("%s%s", name, secured[withTLS])
		cpu := figures{}
		measure := func(c *contender) (float64, error) {
			r, err := repeatReplies(c, withTLS, steps, b.size.window)
			cpu[c] = append(cpu[c], r.cpu)
			return r.perSecond, err
		}
		if err := l.warm(func(c *contender) error { _, err := measure(c); return err }); err != nil {
			return err
		}
		clear(cpu)
		w := work{name: name + secured[withTLS], unit: "a second", higher: true, limits: []table.Limit{limit}}
		if _, err := l.measure(w, measure); err != nil {
			return err
		}
		b.add(work{name: "CPU of one " + name + secured[withTLS], unit: "µs"}, cpu)
	}
	return nil
}

// replies is how fast a server has replied to clients, and the processor time of
// a reply in microseconds, which a busy machine changes less.
type replies struct{ perSecond, cpu float64 }

// repeatReplies has clients that are logged in repeat commands.
func repeatReplies(c *contender, withTLS bool, steps []load.Step, window time.Duration) (replies, error) {
	var users []string
	sessions := make([][]load.Step, fetchers)
	for i := range fetchers {
		users = append(users, mail.User("r", i))
		sessions[i] = steps
	}
	buf := load.Buffer()
	target := c.target(withTLS)
	conns, err := c.logIn(target, users, buf)
	if err != nil {
		return replies{}, err
	}
	defer closeAll(conns)
	before, err := c.cpuMS()
	if err != nil {
		return replies{}, err
	}
	crowd := load.Crowd{Target: target, Clients: fetchers, Open: conns, Next: until(window, sessions)}
	result, err := crowd.Run()
	if err != nil {
		return replies{}, err
	}
	after, err := c.cpuMS()
	if err != nil {
		return replies{}, err
	}
	for _, conn := range conns {
		if _, err := conn.Do(load.Single("QUIT"), buf); err != nil {
			return replies{}, err
		}
	}
	count := float64(result.Replies)
	return replies{count / result.Took.Seconds(), (after - before) * 1000 / count}, nil
}
