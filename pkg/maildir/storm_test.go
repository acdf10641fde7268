package maildir

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// storm is another program that renames, delivers and removes messages of a
// Maildir without a pause while its listing is taken.
type storm struct {
	dir                string
	names              []string // of the messages that stay, with their directories
	uniques            []string // their unique names
	delivered, removed atomic.Int64
	stop               atomic.Bool
}

func newStorm(t testing.TB, count int) *storm {
	s := &storm{dir: newMaildir(t)}
	deliver(t, s.dir, "tmp/text", "")
	for i := range count {
		name := fmt.Sprintf("%s/%d.M%dP7_1.host,S=10,W=10", subNames[i%2], 1_700_000_000+i, i)
		if i%2 == inCur {
			name += ":2,"
		}
		link(t, s.dir, "tmp/text", name) // far faster than new files
		s.names = append(s.names, name)
		s.uniques = append(s.uniques, fmt.Sprintf("%d.M%dP7_1.host,S=10,W=10", 1_700_000_000+i, i))
	}
	return s
}

// flag gives a message another set of flags, always in cur.
func (s *storm) flag(i int) {
	sets := []string{"", "S", "F", "FS", "RS", "T"}
	s.move(i, "cur/"+s.uniques[i]+":2,"+sets[rand.IntN(len(sets))])
}

// hop moves a message to the other directory, in either direction.
func (s *storm) hop(i int) {
	to := "new/" + s.uniques[i]
	if s.names[i] == to {
		to = "cur/" + s.uniques[i] + ":2,S"
	}
	s.move(i, to)
}

func (s *storm) move(i int, to string) {
	if err := os.Rename(filepath.Join(s.dir, s.names[i]), filepath.Join(s.dir, to)); err != nil {
		panic(err)
	}
	s.names[i] = to
}

func churnName(n int64) string { return fmt.Sprintf("%d.churn,W=1", 2_000_000_000+n) }

// churn delivers a message, and removes the one of 20 deliveries ago.
func (s *storm) churn() {
	n := s.delivered.Load()
	path := func(n int64) string { return filepath.Join(s.dir, "new", churnName(n)) }
	if err := os.WriteFile(path(n), nil, 0o600); err != nil {
		panic(err)
	}
	s.delivered.Store(n + 1)
	if n >= 20 {
		if err := os.Remove(path(n - 20)); err != nil {
			panic(err)
		}
		s.removed.Store(n - 20 + 1)
	}
}

// run goes on until the storm is stopped.
func (s *storm) run(step func(round, i int)) {
	for round := 0; !s.stop.Load(); round++ {
		step(round, rand.IntN(len(s.names)))
	}
}

// check opens the Maildir and compares the listing with what was there all the
// time.
func (s *storm) check(t *testing.T) {
	t.Helper()
	removed, delivered := s.removed.Load(), s.delivered.Load()
	m, err := openKnown(t.Context(), nil, s.dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	stays := s.removed.Load() + 1 // This one may just be removed.
	got := map[string]bool{}
	for n := range m.Listing().Len() {
		uidl := m.Listing().Message(n + 1).UIDL
		if got[uidl] {
			t.Errorf("%s is listed twice", uidl)
		}
		got[uidl] = true
	}
	missing := 0
	for _, unique := range s.uniques {
		if !got[unique] {
			missing++
		}
	}
	for n := stays; n < delivered; n++ {
		if !got[churnName(n)] {
			t.Errorf("message %d, delivered before, is not listed", n)
		}
	}
	for n := range removed {
		if got[churnName(n)] {
			t.Errorf("message %d, removed before, is listed", n)
		}
	}
	if missing > 0 {
		t.Errorf("%d messages are missing", missing)
	}
}

var stormChecks = flag.Int("storm-checks", 8, "how often TestStorm lists the Maildir in each of its storms")

// A message that is there before and after the login is in the list, whatever
// other programs do meanwhile.
func TestStorm(t *testing.T) {
	tests := []struct {
		name string
		step func(*storm) func(round, i int)
	}{
		{"flags", func(s *storm) func(int, int) { return func(_, i int) { s.flag(i) } }},
		{"one message", func(s *storm) func(int, int) { return func(int, int) { s.flag(1) } }},
		{"moves", func(s *storm) func(int, int) { return func(_, i int) { s.hop(i) } }},
		{"deliveries", func(s *storm) func(int, int) { return func(int, int) { s.churn() } }},
		{"all", func(s *storm) func(int, int) {
			return func(round, i int) {
				[]func(){func() { s.flag(i) }, func() { s.hop(i) }, s.churn}[round%3]()
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStorm(t, 2000)
			var wait sync.WaitGroup
			defer wait.Wait()
			defer s.stop.Store(true)
			wait.Go(func() { s.run(tt.step(s)) })
			for range *stormChecks {
				s.check(t)
			}
		})
	}
}
