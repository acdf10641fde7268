//go:build integration

package dovecot

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// each is how many messages each program delivers.
const each = 15

// Many programs use a mailbox at once: Dovecot delivers and serves IMAP and POP3,
// other programs deliver, and several clients poll us and Dovecot. No message ever
// changes its UIDL or its place, and Dovecot finds no fault in its list.
func TestStormBesideDovecot(t *testing.T) {
	for _, kind := range fixture.ParallelTypes() {
		t.Run(kind, func(t *testing.T) {
			b := startBeside(t, "", "--maildir-lock=no", "--parallel-type="+kind)
			b.Deliver(t, 0, nil)
			var polls polls
			var work sync.WaitGroup
			done := make(chan struct{})
			for k := range 4 {
				work.Go(func() { deliverMany(t, b, k) })
			}
			for k := range 4 {
				polls.wait.Go(func() { polls.run(t, b, k, done) })
			}
			work.Wait()
			fixture.Eventually(t, "ten polls", func() bool { return polls.count.Load() >= 10 })
			close(done)
			polls.wait.Wait()
			last := b.same("at the end", 0, true)
			if len(last) != 4*each {
				t.Errorf("%d messages", len(last))
			}
			polls.lists = append(polls.lists, withoutNumbers(last))
			for k, list := range polls.lists {
				for _, later := range polls.lists[k+1:] {
					if !contains(later, list) {
						t.Fatalf("%q\nbecame\n%q\n%s", list, later, b.ours.Log())
					}
				}
			}
			for _, fault := range []string{"Error:", "Panic:", "Fatal:", "Broken", "Duplicate"} {
				if strings.Contains(b.Log(), fault) {
					t.Errorf("Dovecot:\n%s\n%s", b.Log(), b.list(0))
				}
			}
		})
	}
}

// deliverMany delivers in the way of number k.
func deliverMany(t *testing.T, b *beside, k int) {
	w := &week{beside: b, random: rand.New(rand.NewPCG(7, uint64(k))), sessions: map[int]*IMAP{}, name: 1000 * k}
	for i := range each {
		switch k {
		case 0:
			w.lmtp(0)
		case 1:
			w.put(0, fmt.Sprintf("new/%d.M%dP1.host", 1790000000+w.random.IntN(1000), i))
		case 2:
			w.put(0, fmt.Sprintf("cur/%d.M%dP2.host:2,S", 1790000000+w.random.IntN(1000), i))
		case 3:
			w.lda(0, w.text())
		}
	}
}

// polls are clients that list the mailbox again and again.
type polls struct {
	wait  sync.WaitGroup
	lists [][]string // that we have shown, without numbers, in the order of time
	count atomic.Int64
}

// run polls us, or Dovecot, or has an IMAP session look, until done.
func (p *polls) run(t *testing.T, b *beside, k int, done <-chan struct{}) {
	var session *IMAP
	if k == 3 {
		session = imapOf(t, b.imap, 0, b.Log)
	}
	addr := []string{b.ours.Addr, b.ours.Addr, b.Addr, ""}[k]
	for {
		select {
		case <-done:
			return
		default:
		}
		p.count.Add(1)
		if session != nil {
			if _, err := session.Command("NOOP"); err != nil {
				t.Error(err)
				return
			}
			continue
		}
		c, err := daemon.Login(addr, "user0", fixture.Password)
		if err != nil {
			t.Errorf("%v\n%s", err, b.ours.Log())
			return
		}
		_, lines, err := c.Multi("UIDL")
		if err != nil {
			t.Error(err)
		}
		c.Close()
		if k == 0 { // The lists of one client, so that one is after the other.
			p.lists = append(p.lists, withoutNumbers(slices.Collect(strings.Lines(string(lines)))))
		}
	}
}

// withoutNumbers returns the UIDLs of lines that UIDL has answered.
func withoutNumbers(lines []string) []string {
	uidls := make([]string, len(lines))
	for i, line := range lines {
		_, uidls[i], _ = strings.Cut(strings.TrimSpace(line), " ")
	}
	return uidls
}

// contains reports whether a list has all UIDLs of an earlier one, in their
// order. New ones may be between them: a message is listed where it gets its UID,
// and a login may find only a later one.
func contains(list, earlier []string) bool {
	for _, uidl := range list {
		if len(earlier) > 0 && earlier[0] == uidl {
			earlier = earlier[1:]
		}
	}
	return len(earlier) == 0
}
