//go:build integration

package maildir

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// storm is another program that changes a Maildir at a rate: it gives messages
// other flags, moves them between new and cur in both directions, delivers
// some and removes those again.
type storm struct {
	dir                string
	unique             []string // of the messages that stay
	at                 []string // where they are
	delivered, removed atomic.Int64
	changes            int
}

func newRenamer(t *testing.T, dir string, count int) *storm {
	t.Helper()
	s := &storm{dir: dir}
	text := filepath.Join(dir, "tmp/text")
	if err := os.WriteFile(text, []byte("a: b\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range count {
		unique := fmt.Sprintf("%d.M%dP7_1.host,S=6,W=7", 1_700_000_000+i, i)
		at := "cur/" + unique + ":2,"
		if err := os.Link(text, filepath.Join(dir, at)); err != nil { // far faster than new files
			t.Fatal(err)
		}
		s.unique, s.at = append(s.unique, unique), append(s.at, at)
	}
	return s
}

func churned(n int64) string { return fmt.Sprintf("%d.churn,W=0", 2_000_000_000+n) }

// change makes one change.
func (s *storm) change() error {
	s.changes++
	i := rand.IntN(len(s.at))
	to := "cur/" + s.unique[i] + ":2," + []string{"", "S", "F", "RS", "T"}[rand.IntN(5)]
	switch s.changes % 8 {
	case 0:
		return s.churn()
	case 1:
		to = "new/" + s.unique[i]
	}
	err := os.Rename(filepath.Join(s.dir, s.at[i]), filepath.Join(s.dir, to))
	s.at[i] = to
	return err
}

// churn delivers a message, and removes the one of 20 deliveries ago.
func (s *storm) churn() error {
	n := s.delivered.Load()
	if err := os.WriteFile(filepath.Join(s.dir, "new", churned(n)), nil, 0o600); err != nil {
		return err
	}
	s.delivered.Store(n + 1)
	if n < 20 {
		return nil
	}
	defer s.removed.Store(n - 20 + 1)
	return os.Remove(filepath.Join(s.dir, "new", churned(n-20)))
}

// run makes changes at a rate per second, in bursts of up to 100; without a
// rate as fast as it can.
func (s *storm) run(t *testing.T, rate int, stop <-chan struct{}) {
	began := time.Now()
	for {
		select {
		case <-stop:
			t.Logf("%d changes in %v", s.changes, time.Since(began).Round(time.Millisecond))
			return
		default:
		}
		if rate > 0 && float64(s.changes) > time.Since(began).Seconds()*float64(rate) {
			time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
			continue
		}
		if err := s.change(); err != nil {
			t.Error(err)
			return
		}
	}
}

// check polls and compares the list with what was there all the time.
func (s *storm) check(t *testing.T, d *daemon.Daemon) {
	t.Helper()
	removed, delivered := s.removed.Load(), s.delivered.Load()
	all, err := fixture.Poll(d)
	if err != nil {
		t.Errorf("poll: %v", err)
		return
	}
	stays := s.removed.Load() + 1 // This one may just be removed.
	got := map[string]int{}
	for _, uidl := range all {
		if got[uidl]++; got[uidl] == 2 {
			t.Errorf("%s is listed twice", uidl)
		}
	}
	missing := 0
	for _, unique := range s.unique {
		missing += 1 - min(got[unique], 1)
	}
	for n := stays; n < delivered; n++ {
		missing += 1 - min(got[churned(n)], 1)
	}
	for n := range removed {
		if got[churned(n)] > 0 {
			t.Errorf("message %d, removed before, is listed", n)
		}
	}
	if missing > 0 {
		t.Errorf("%d messages are missing", missing)
	}
}

// A message that is there before and after the login is in the list, whatever
// other programs do meanwhile, and the login succeeds.
func TestStorm(t *testing.T) {
	for _, tt := range []struct {
		count, polls int
		models       []string
	}{{3_000, 12, []string{"thread", "fork", "prefork"}}, {20_000, 4, []string{"thread"}}} {
		box := fixture.NewMailbox(t, nil)
		s := newRenamer(t, box.Dir, tt.count)
		for _, model := range tt.models {
			d := box.Start(t, "--parallel-type="+model)
			rates := []int{50, 1_000, 0}
			if model != "thread" {
				rates = []int{0}
			}
			for _, rate := range rates {
				t.Run(fmt.Sprintf("%d messages, %d a second, %s", tt.count, rate, model), func(t *testing.T) {
					s.test(t, d, rate, tt.polls)
				})
			}
		}
	}
}

func (s *storm) test(t *testing.T, d *daemon.Daemon, rate, polls int) {
	s.changes = 0
	stop := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() { s.run(t, rate, stop) })
	defer wait.Wait()
	defer close(stop)
	for range polls {
		s.check(t, d)
	}
}
