package main

import (
	"cmp"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
)

// hasStrace reports whether rows that count system calls can be measured.
func (b *bench) hasStrace() bool {
	_, err := exec.LookPath("strace")
	if err != nil {
		b.note("The row %s is left out: strace is not installed; make bench-deps installs it.", b.row)
	}
	return err == nil
}

// callsRow counts the system calls of one poll.
func callsRow(b *bench) error {
	if !b.hasStrace() {
		return nil
	}
	const polled = 50
	l, err := b.lineup(field{boxes: mail.Boxes("p", 1, 100, small), spare: 1,
		kinds: slices.Concat(b.tpops("thread", "prefork"), b.shared(), b.null(), b.floor())})
	if err != nil {
		return err
	}
	defer l.close()
	b.progress("system calls of a poll")
	buf := load.Buffer()
	user := mail.User("p", 0)
	if err := l.warm(func(c *contender) error { _, err := timePoll(c, user, buf); return err }); err != nil {
		return err
	}
	calls := "none"
	_, err = l.measure(work{name: "system calls of a poll, 100 messages"}, func(c *contender) (float64, error) {
		t, err := startTrace(c.PID, filepath.Join(c.setup.Dir, "trace"), nil)
		if err != nil {
			return 0, err
		}
		for range polled {
			if _, err := timePoll(c, user, buf); err != nil {
				return 0, err
			}
		}
		text, err := t.end()
		byName := callsByName(text)
		if c.column == "thread" {
			calls = perPoll(byName, polled)
		}
		return float64(total(byName)) / polled, err
	})
	b.note("System calls of a poll by thread: %s.", calls)
	return err
}

var callName = regexp.MustCompile(`(?m)^\d+ +(\w+)\(`)

// callsByName counts the calls in the output of strace.
func callsByName(text string) map[string]int {
	byName := map[string]int{}
	for _, m := range callName.FindAllStringSubmatch(whole(text), -1) {
		byName[m[1]]++
	}
	return byName
}

func total(byName map[string]int) int {
	sum := 0
	for _, n := range byName {
		sum += n
	}
	return sum
}

// perPoll lists how often each call is made for one poll, the most frequent
// first. Those made for one poll in ten or fewer are left out.
func perPoll(byName map[string]int, polls int) string {
	names := slices.SortedFunc(maps.Keys(byName), func(a, b string) int {
		return cmp.Or(cmp.Compare(byName[b], byName[a]), cmp.Compare(a, b))
	})
	var list []string
	for _, name := range names {
		if each := float64(byName[name]) / float64(polls); each > 0.1 {
			list = append(list, fmt.Sprintf("%s %.1f", name, each))
		}
	}
	return strings.Join(list, ", ")
}
