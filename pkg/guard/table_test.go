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

// In a full bucket those with the lowest scores give way.
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
		t.Errorf("a hot entry has score %v after a flood of others", got)
	}
	if got := table.score(keys[999], c); got != 1 {
		t.Errorf("the last one has score %v", got)
	}
	c.now += 3600
	for _, key := range keys[1 : 1+ways] {
		table.fail(key, c)
	}
	if got := table.score(keys[0], c); got != 0 {
		t.Errorf("an entry that has cooled has score %v beside as many new ones as there is room for", got)
	}
}

// A flood of new keys through the whole table leaves a hot one alone.
func TestTableFlood(t *testing.T) {
	var table table
	c := clock{0, failureHalfLife}
	const hot = 1<<63 | 12345
	for range 8 {
		table.fail(hot, c)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 10 * buckets * ways {
		table.fail(random.Uint64()|1<<63, c)
	}
	if got := table.score(hot, c); got < 8 {
		t.Errorf("score %v", got)
	}
	if got := table.score(random.Uint64()|1<<63, c); got > 1 {
		t.Errorf("a stranger has score %v", got)
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
		{"a half-life", 8, 10, 610, 4},
		{"round the end of time", 8, maxTime - 299, 300, 4},
		{"set back", 8, 1000, 10, 8},
		{"more than fits", 1000, 10, 10, maxScore},
		{"next to nothing", 0.001, 10, 10, 0},
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
		t.Error("what is not known has left a trace")
	}
	table.fail(9, c)
	for range 20 {
		table.halve(9, c)
	}
	if !empty(&table) {
		t.Error("what is forgiven has left a trace")
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
