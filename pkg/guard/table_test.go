package guard

import (
	"math/rand/v2"
	"testing"
	"time"
)

// colliding returns n keys of one bucket.
func colliding(n int) []uint64 {
	var keys []uint64
	for i := range n {
		keys = append(keys, uint64(i+1)<<(timeBits+scoreBits)|7)
	}
	return keys
}

// In a full bucket a new entry replaces one with the lowest score.
func TestTableFull(t *testing.T) {
	var table table
	c := clock{100, failureHalfLife}
	keys := colliding(1000)
	for range 5 {
		table.fail(keys[0], c)
	}
	for _, key := range keys[1:] {
		table.fail(key, c)
	}
	if got := table.score(keys[0], c); got != 5 {
		t.Errorf("an entry with many failures has score %v after a flood of others", got)
	}
	if got := table.score(keys[999], c); got != 1 {
		t.Errorf("the last entry has score %v", got)
	}
	c.now += 3600
	for _, key := range keys[1 : 1+bucketSize] {
		table.fail(key, c)
	}
	if got := table.score(keys[0], c); got != 0 {
		t.Errorf("an old entry has score %v after as many new ones as fit into its bucket", got)
	}
}

// A flood of new keys does not replace a key with many failures.
func TestTableFlood(t *testing.T) {
	var table table
	c := clock{0, failureHalfLife}
	const failing = 1<<63 | 12345
	for range 8 {
		table.fail(failing, c)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 10 * buckets * bucketSize {
		table.fail(random.Uint64()|1<<63, c)
	}
	if got := table.score(failing, c); got < 8 {
		t.Errorf("score %v", got)
	}
	if got := table.score(random.Uint64()|1<<63, c); got > 1 {
		t.Errorf("a new key has score %v", got)
	}
}

func TestTableWord(t *testing.T) {
	tests := []struct {
		name    string
		score   float64
		at, now uint64
		want    float64
	}{
		{"at once", 3.5, 10, 10, 3.5},
		{"after a half-life", 8, 10, 610, 4},
		{"when the time wraps", 8, maxTime - 299, 300, 4},
		{"when the clock was set back", 8, 1000, 10, 8},
		{"when the clock was set back by a month", 8, maxSetBack, 10, 8},
		{"after 400 days", 8, 10, 10 + 400*24*60*60, 0},
		{"after two years", 8, 10, 10 + 730*24*60*60, 0},
		{"more than the highest score", 1000, 10, 10, maxScore},
		{"close to 0", 0.001, 10, 10, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			word := pack(5, tt.at, tt.score)
			if got := (clock{tt.now, failureHalfLife}).score(word); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
			if tt.want > 0 && tagOf(word) != 5 {
				t.Errorf("tag %d", tagOf(word))
			}
		})
	}
}

func TestTableHalve(t *testing.T) {
	var table table
	c := clock{0, time.Hour}
	table.halve(9, c)
	if !empty(&table) {
		t.Error("halving an unknown key has added an entry")
	}
	table.fail(9, c)
	for range 20 {
		table.halve(9, c)
	}
	if !empty(&table) {
		t.Error("a score close to 0 is still in the table")
	}
}

func empty(t *table) bool {
	for b := range t {
		for w := range t[b] {
			if t[b][w].Load() != 0 {
				return false
			}
		}
	}
	return true
}
