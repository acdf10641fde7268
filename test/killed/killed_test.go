//go:build integration && amd64

// Package killed kills the server at each of its system calls, or makes the call fail,
// and looks at the mailbox afterwards: no message is lost, no UIDL is another one, no
// lock is left, and nothing is deleted that no QUIT has confirmed. A seccomp filter stops
// each call until the test has decided on it (seccomp_unotify(2)). The caller is root.
package killed

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/test/fixture"
)

// kills returns how many kills the test makes: a few, unless TPOPS_KILLS sets another
// number, as make killed does.
func kills(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("TPOPS_KILLS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("TPOPS_KILLS: %v", err)
	}
	return n
}

// settings are those with which a mailbox is opened and changed in different ways.
var settings = [][]string{
	{"--keep-deleted=7d"},
	{},
	{"--maildir-uidl=dovecot"},
	{"--maildir-uidl=courier", "--keep-deleted=7d"},
	{"--login-hook=/bin/true"}, // with its helper process
}

func TestKilled(t *testing.T) {
	fixture.NeedRoot(t)
	for _, model := range []string{"thread", "prefork", "fork", "inetd"} {
		t.Run(model, func(t *testing.T) { attack(t, model, kills(t, 20)/4, kill) })
	}
}

func TestFaults(t *testing.T) {
	fixture.NeedRoot(t)
	for _, model := range []string{"thread", "prefork", "fork", "inetd"} {
		t.Run(model, func(t *testing.T) { attack(t, model, kills(t, 20)/4, fail) })
	}
}

// way is how call number at of round is caught.
type way func(at, round int) trap

// kill kills the process that calls, or in each third round all.
func kill(at, round int) trap { return trap{at: at, all: round%3 == 2} }

// fail makes one call fail, or all from there on for want of room or descriptors.
func fail(at, round int) trap {
	t := trap{at: at, turn: round + at, fault: true}
	if lasting := []unix.Errno{0, unix.ENOSPC, unix.EDQUOT, unix.EMFILE, 0, unix.ENOMEM, unix.EIO}[round%7]; lasting != 0 {
		t.only, t.all = lasting, true
	}
	return t
}

// attack catches n calls of a process model, spread over the settings.
func attack(t *testing.T, model string, n int, how way) {
	for i, params := range settings {
		share := n / len(settings)
		if i < n%len(settings) {
			share++
		}
		t.Run(fmt.Sprint(params), func(t *testing.T) {
			attackWith(t, model, params, siege{n: share, calls: 100, first: i * 2}, how)
		})
	}
}

// attackWith catches calls of sessions with some settings. Each setting begins with another
// round.
func attackWith(t *testing.T, model string, params []string, calls siege, how way) {
	m := newModel(t, 12, params...)
	r := &server{t: t, program: m.program, model: model, params: m.params}
	defer r.stop()
	m.label = "first"
	m.look(-1)
	calls.run(t, func(at, round int) bool {
		m.label = fmt.Sprintf("%s %v round %d call %d", model, params, round, at)
		m.deliver(1 + at%2)
		if least := []int{6, 40}[round%2]; m.count(alive) < least {
			m.deliver(least - m.count(alive)) // 40 are enough for an index.
		}
		trap := how(at, round)
		trap.below = m.box.Dir // Without the file of users a child does not start.
		return m.attempt(r, trap) != ""
	})
}

// attempt makes a session with a trap, and looks at the mailbox afterwards.
func (m *model) attempt(r *server, t trap) (hit string) {
	m.t.Helper()
	start := time.Now()
	v := &visit{m: m, c: r.connect(t), retr: 3, dele: 3}
	connected := time.Since(start)
	v.play()
	hit = r.caught()
	m.label += " " + hit
	if took := time.Since(start); took > 5*time.Second {
		m.t.Logf("%s: the session took %s, %s of it until the greeting", m.label, took, connected)
	}
	m.lossy = m.lossy || t.fault && hit != ""
	if t.fault && t.program == "" && r.crashed() {
		m.errorf("the server has ended")
	}
	m.checkFiles()
	m.look(-1)
	m.forget()
	if m.t.Failed() {
		m.t.Log(r.log())
	}
	return hit
}

// look has a fresh process serve the mailbox, to which nothing happens, and compares all
// messages.
func (m *model) look(retr int) {
	m.t.Helper()
	client, theirs := fixture.Connection(m.t)
	if err := startInetd(m.program, m.params, theirs); err != nil {
		m.t.Fatal(err)
	}
	c := (&server{}).greeted(client)
	v := &visit{m: m, c: c, retr: retr, must: true} // It is refused if a lock was left.
	v.play()
}
