package usage

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestModel compares the file with a list of all sessions, while two processes write it in
// turn, are restarted, and records expire.
func TestModel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	f, name := newFile(t)
	writers := [2]*file{f, openFile(t, name)}
	model := map[key][]session{}
	now := start
	for range 400 {
		now = now.Add(time.Duration(random.IntN(int(4 * 24 * time.Hour))))
		var some []session
		for range random.IntN(8) {
			s := randomSession(random, now)
			some = append(some, s)
			k := key{s.User, s.Class}
			if old := model[k]; len(old) > 0 && now.Sub(latest(old)) > keepTime {
				delete(model, k) // It may have been removed, or not: the next session decides.
			}
			model[k] = append(model[k], s)
		}
		who := random.IntN(2)
		if random.IntN(20) == 0 {
			writers[who] = openFile(t, name)
		}
		writers[who].scanned = time.Time{} // Expired records are removed now.
		if damaged := record(t, writers[who], now, some...); damaged != 0 {
			t.Fatalf("%d damaged parts", damaged)
		}
	}
	compare(t, name, now, model)
}

// randomSession returns a session that began within the last weeks. Few users have many.
func randomSession(random *rand.Rand, now time.Time) session {
	n := random.IntN(40)
	if random.IntN(3) > 0 {
		n %= 4
	}
	s := numbered(n, now.Add(-time.Duration(random.IntN(int(20*24*time.Hour)))))
	s.Method = []string{"PLAIN", "APOP", "SCRAM-SHA-256-PLUS"}[random.IntN(3)]
	s.Implicit, s.Class.Local, s.Offloaded = random.IntN(2) == 0, random.IntN(9) == 0, random.IntN(9) == 0
	s.Retrieved, s.Deleted = random.IntN(9), random.IntN(3)
	return s
}

func latest(all []session) (last time.Time) {
	for i := range all {
		if all[i].Login.After(last) {
			last = all[i].Login
		}
	}
	return last.Truncate(time.Second)
}

// compare compares a file with the sessions of each key.
func compare(t *testing.T, name string, now time.Time, model map[key][]session) {
	t.Helper()
	got, damaged := contents(t, name, now)
	if damaged != 0 {
		t.Errorf("%d damaged parts", damaged)
	}
	for k, all := range model {
		last := latest(all)
		c, found := got[k]
		delete(got, k)
		if expired := now.Sub(last) > keepTime; expired || !found {
			if !expired || found {
				t.Errorf("%v: found %v, expired %v", k, found, expired)
			}
			continue
		}
		if !c.Last.Equal(last) {
			t.Errorf("%v: last login %v, want %v", k, c.Last, last)
		}
		for _, back := range []time.Duration{0, 6 * 24 * time.Hour, 30 * 24 * time.Hour, 80 * 24 * time.Hour, 500 * 24 * time.Hour} {
			if want := expected(all, &c, last.Add(-back)); c.Since(last.Add(-back)) != want {
				t.Errorf("%v: since %v: %v, want %v", k, back, c.Since(last.Add(-back)), want)
			}
		}
	}
	if len(got) != 0 {
		t.Errorf("%d unexpected records", len(got))
	}
}

// expected counts the sessions of whole weeks from a time on.
func expected(all []session, c *Client, from time.Time) (sum Count) {
	everything := weekOf(c.Last)-weekOf(from) >= weeks || !from.After(c.First)
	for i := range all {
		if everything || weekOf(all[i].Login) >= weekOf(from) {
			sum.add(Count{1, all[i].Retrieved, all[i].Deleted})
		}
	}
	return sum
}

// TestOrder checks that the order of sessions does not matter.
func TestOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var all []session
		for range 6 {
			s := numbered(1, start.Add(-time.Duration(random.IntN(int(2400*time.Hour)))))
			s.Retrieved = random.IntN(5)
			all = append(all, s)
		}
		first := collected(all...)
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for k, c := range collected(all...) {
			if *c != *first[k] {
				t.Fatalf("%v and %v", c, first[k])
			}
		}
	}
}
