package main

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"tpops/test/bench/load"
)

// sessions is a work that is measured in sessions per second, and in the processor time of one,
// which a busy machine changes less. Of the first the clients use a part.
type sessions struct {
	work
	before func(root string) error                  // prepares mailboxes, which is not measured; may be nil
	run    func(*contender) (load.Result, error)    // has the clients work
	least  func(root string) (count int, err error) // the work with files of as many sessions, in this process
}

// measureSessions adds two lines for the work: sessions per second and processor time.
func (l *lineup) measureSessions(s sessions) error {
	cpu := figures{}
	measure := func(c *contender) (float64, error) {
		perSecond, milliseconds, err := s.measure(c)
		cpu[c] = append(cpu[c], milliseconds)
		return perSecond, err
	}
	if err := l.warm(func(c *contender) error { _, err := measure(c); return err }); err != nil {
		return err
	}
	clear(cpu)
	found, err := l.rounds(l.bench.size.rounds, measure)
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	none := floor()
	for range l.bench.size.rounds {
		perSecond, milliseconds, err := s.measureLeast(l.contenders[0].setup.Root)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", s.name, program, err)
		}
		found[none], cpu[none] = append(found[none], perSecond), append(cpu[none], milliseconds)
	}
	l.bench.add(s.work, found)
	l.bench.add(work{name: "CPU of a session: " + s.name, unit: "ms"}, cpu)
	return nil
}

// measure returns the sessions per second of a server, and the milliseconds of processor time
// that it needs for one.
func (s *sessions) measure(c *contender) (perSecond, milliseconds float64, err error) {
	if err := s.prepare(c.setup.Root); err != nil {
		return 0, 0, err
	}
	before, err := c.cpuMS()
	if err != nil {
		return 0, 0, err
	}
	result, err := s.run(c)
	if err != nil {
		return 0, 0, err
	}
	after, err := c.cpuMS()
	count := float64(result.Sessions)
	return count / result.Took.Seconds(), (after - before) / count, err
}

func (s *sessions) prepare(root string) error {
	if s.before == nil {
		return nil
	}
	return s.before(root)
}

// measureLeast returns the same for the program.
func (s *sessions) measureLeast(root string) (perSecond, milliseconds float64, err error) {
	if err := s.prepare(root); err != nil {
		return 0, 0, err
	}
	start, before := time.Now(), ownCPU()
	count, err := s.least(root)
	used := ownCPU() - before
	return float64(count) / time.Since(start).Seconds(), float64(used.Nanoseconds()) / 1e6 / float64(count), err
}

// ownCPU returns the processor time that this process has used.
func ownCPU() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err) // Every Linux has this clock.
	}
	return time.Duration(t.Nano())
}
